// From the bytes of a lane to entries that know their row, in stages over batches: frame and dissect 64 records, load all their
// index slots, load all their rows, resolve. Whoever counts them takes them out of the lane's queue.
//
// Loops that every frame goes through call nothing and end at the first frame that is not usual: where a loop has a call, V8 keeps
// in memory what it else has in registers, even if the call is never made.
#pragma once

#include "control.hpp"
#include "excerpts.hpp"
#include "fast_path.hpp"
#include "lane_reader.hpp"
#include "local_station.hpp"

constexpr u32 kBatch = 64, kQueue = 128;

// What a lane decoded and nobody counted yet, in the order of time.
struct Queue {
  Descriptor entry[kQueue];
  Changing changing[kQueue];
  u32 event[kQueue];  // entries of this round that are merged
  u32 start, end, events, nextEvent;

  u32 count() const { return end - start; }

  // What waits is little: entries that lie one behind the other cost less than ones that go round. With what is `pending` of them.
  LACPSCOPE_NOINLINE void MoveToFront(Parsed* pending) {
    const u32 waiting = count();
    __builtin_memmove(entry, entry + start, waiting * sizeof(Descriptor));
    __builtin_memmove(changing, changing + start, waiting * sizeof(Changing));
    for (u32 n = 0; n < waiting; n++) {
      if (entry[n].flags & (kFirstFragment | kLaterFragment)) pending[n] = pending[n + start];
    }
    start = 0;
    end = waiting;
  }
};

class Decoder {
 public:
  FlowTable flows;
  DigestKeys keys;
  Lane* lanes;
  Interface* interfaces;  // kInterfaces per lane
  u8* regions;            // kRegion per lane
  ControlBuffer control;
  LocalStation local;
  Excerpts excerpts;
  u64 atomicFragments = 0;  // IPv6 fragment headers around whole datagrams
  u32 laneCount = 0;
  // For tests: every flow through the ordered path; every frame past the fast path.
  u32 orderEverything = 0, dissectEverything = 0;
  u32 batch = kBatch;

 protected:
  Queue* queues_;
  Parsed* pending_;  // of fragments, by queue entry: their flow is known only in the order of time

  void DecodeLane(u32 number) {
    Lane& lane = lanes[number];
    Queue& queue = queues_[number];
    Interface* table = interfaces + number * kInterfaces;
    while (lane.status == kReady && kQueue - queue.count() >= batch) {
      if (!control.HasRoom()) {
        lane.status = kControlFull;
        return;
      }
      if (queue.end + batch > kQueue) queue.MoveToFront(pending_ + number * kQueue);
      if (!dissectEverything && PlainReader::Reads(lane, table[0])) DecodeBatch<PlainReader>(number, queue);
      else DecodeBatch<AnyReader>(number, queue);
    }
  }

  // Of a later fragment, which has no ports: whether its flow has none either.
  static bool NamesItsFlow(const Parsed& parsed) {
    const u32 protocol = parsed.key[5] & 255;
    return !ip::HasPorts(protocol) && protocol != ip::kIcmp && protocol != ip::kIcmp6 && protocol != ip::kEsp;
  }

  u32 NewRow(u64 digest, const Parsed& parsed, const Descriptor& d, u32 lane) {
    const u32 row = flows.Insert(digest, parsed);
    if (row == 0) return 0;
    Row& r = flows.rows[row];
    r.state = d.port | (local.IsEgress(parsed) ? kEgressBit : 0) | lane << kLaneShift | (orderEverything ? kOrderedBit : 0);
    r.pairs = kNoDataYet;
    return row;
  }

 private:
  Parsed parsed_;

  // Where a frame is, for as long as its block is: a new flow is dissected again.
  struct Source {
    const u8* frame;
    Interface* interface;
    u64 recorded;  // time
    u32 captured;
    u32 told;
  };
  struct Batch {
    u64 digest[kBatch];
    Source source[kBatch];
    u32 odd[kBatch];  // entries that take more than to be found
  };

  template <typename Reader>
  LACPSCOPE_NOINLINE void DecodeBatch(u32 number, Queue& queue) {
    Batch decoded;
    Reader reader(lanes[number], interfaces + number * kInterfaces, regions + static_cast<u64>(number) * kRegion);
    const u32 most = batch;
    Status status = kReady;
    u32 n = 0;
    for (;;) {
      n = DecodeUsualRecords(reader, queue, decoded, n, most, status);
      if (n == most || status != kReady) break;
      const Source& source = decoded.source[n];
      if (!source.interface->skip && DecodeOther(source, number, queue, queue.end + n, decoded.digest[n])) n++;
      if (!control.HasRoom()) {
        status = kControlFull;
        break;
      }
    }
    reader.Close();
    if (status != kReady) lanes[number].status = status;
    Resolve(number, queue, n, decoded);
    queue.end += n;
  }

  // Up to the first that is not usual, which was read, too.
  template <typename Reader>
  LACPSCOPE_INLINE u32 DecodeUsualRecords(Reader& reader, Queue& queue, Batch& decoded, u32 n, u32 most, Status& status) {
    Descriptor* const entry = queue.entry + queue.end;
    Changing* const changing = queue.changing + queue.end;
    for (; n < most; n++) {
      Record record;
      status = reader.Next(record);
      if (status != kReady) break;
      reader.Take(record);
      Descriptor& d = entry[n];
      d.time = reader.time();
      d.wire = record.wire;
      d.frame = reader.frames();
      decoded.source[n] = {record.frame, record.interface, record.time, record.captured, record.told};
      const Interface& interface = *record.interface;
      if (!Reader::kPlain && (interface.skip || interface.link != kEthernet || dissectEverything)) break;
      if (!DecodeUsual(record.frame, record.captured, interface.port, keys, d, changing[n], decoded.digest[n])) break;
    }
    return n;
  }

  void DissectFrame(const Source& source, u32 wire) {
    Dissect(source.interface->link, source.frame, source.captured, wire, parsed_);
    if (source.told != kNotTold) parsed_.told = source.told;
  }

  // False if the frame counts for no flow.
  LACPSCOPE_NOINLINE bool DecodeOther(const Source& source, u32 lane, Queue& queue, u32 slot, u64& digest) {
    Descriptor& d = queue.entry[slot];
    DissectFrame(source, d.wire);
    if (parsed_.atomic) atomicFragments++;
    if (parsed_.control != kNoControl) {
      Interface& interface = *source.interface;
      control.Keep(source.frame, source.captured, source.recorded, interface, parsed_, lane, d.frame);
      if (parsed_.control == kSlow) {
        interface.slowFrames++;
        interface.slowOctets += d.wire;
        return false;
      }
    }
    digest = Digest(keys, parsed_.key, parsed_.keyWords);
    queue.changing[slot] = parsed_.changing;
    d.sequence = parsed_.sequence;
    d.frameDigest = parsed_.frameDigest;
    d.SetKind(parsed_.flags & kTcpData ? parsed_.payload : parsed_.handshake, parsed_.flags, source.interface->port);
    if (parsed_.fragmentKey != 0) pending_[lane * kQueue + slot] = parsed_;
    return true;
  }

  // Every entry of a batch gets its row, a new one where there is none; 0 where there is no room, or it is not known yet.
  LACPSCOPE_NOINLINE void Resolve(u32 number, Queue& queue, u32 n, Batch& decoded) {
    Descriptor* const entry = queue.entry + queue.end;
    const u32 lane = number << kLaneShift;
    const u32 odds = LookUp(entry, lane, n, decoded);
    for (u32 o = 0; o < odds; o++) {
      const u32 i = decoded.odd[o];
      const u64 digest = decoded.digest[i];
      Descriptor& d = entry[i];
      u32 row = d.row;
      d.row = 0;
      // Without ports a later fragment names its flow itself; else its flow is looked up in the order of time.
      if ((d.flags & kLaterFragment) && !NamesItsFlow(pending_[number * kQueue + queue.end + i])) continue;
      if (flows.rows[row].digest != digest) row = 0;
      if (row == 0) row = flows.Find(digest);
      if (row == 0) {
        // The fast path kept nothing but the digest: a new flow is dissected again.
        DissectFrame(decoded.source[i], d.wire);
        row = NewRow(digest, parsed_, d, number);
        if (row == 0 && local.IsEgress(parsed_)) d.flags |= kEgressOverflow;
      }
      d.row = row;
      if (row == 0) continue;
      Row& r = flows.rows[row];
      const bool elsewhere = (r.state & kHomeMask) != (d.port | lane);
      if (elsewhere || (d.flags & kInOrder) != 0) r.state |= kOrderedBit;
      if ((r.state & kExcerptBit) != 0 && (d.flags & kInOrder) == 0) TakeExcerpt(d, decoded.source[i]);
    }
    if (n > 0 && entry[n - 1].row != 0) excerpts.Sample(flows, keys, lanes, entry[n - 1], n);
  }

  // Loads all index slots, then all rows, so that the misses overlap. Those whose row is not found at once, or not all there is to
  // do, are left to be resolved one by one: noted without a branch, for which come next nobody foretells.
  LACPSCOPE_NOINLINE u32 LookUp(Descriptor* entry, u32 lane, u32 n, Batch& decoded) const {
    u64 found[kBatch];
    for (u32 i = 0; i < n; i++) entry[i].row = flows.Candidate(decoded.digest[i]);
    for (u32 i = 0; i < n; i++) found[i] = flows.rows[entry[i].row].digest;
    u32 odds = 0;
    for (u32 i = 0; i < n; i++) {
      const Descriptor& d = entry[i];
      const u32 away = (flows.rows[d.row].state & (kHomeMask | kExcerptBit)) ^ (d.port | lane);
      decoded.odd[odds] = i;
      odds += (found[i] != decoded.digest[i]) | (d.row == 0) | ((away | (d.flags & kInOrder)) != 0);
    }
    return odds;
  }

  void TakeExcerpt(const Descriptor& d, const Source& source) {
    excerpts.Take(flows, lanes, d, source.interface->link, source.frame, source.captured);
  }

  // Fragments are counted in the order of time, so the rest of their flow must be too. Of broadcast and multicast every frame
  // may come back on another port: the window for copies must know them all.
  static constexpr u32 kInOrder = kFirstFragment | kLaterFragment | kGroup;
};
