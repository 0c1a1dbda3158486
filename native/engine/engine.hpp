// The pass over all inputs, in stages over batches: frame and dissect 64 records of one lane, load all their index slots,
// load all their rows, resolve, then count. A flow on one port needs no order between ports; frames of flows seen on more
// become events, and only those are merged, exactly, by (time, lane, position). The outcome is that of a full merge:
// resolving runs ahead of counting on every lane, so before a frame of time t is counted, every flow with frames on two
// ports before t is already marked.
#pragma once

#include "both_ends.hpp"
#include "control.hpp"
#include "excerpts.hpp"
#include "fast_path.hpp"
#include "fragments.hpp"
#include "lane_reader.hpp"
#include "load.hpp"
#include "local_station.hpp"
#include "row_counters.hpp"

constexpr u32 kBatch = 64, kRing = 128;

class Engine {
 public:
  FlowTable flows;
  MoverTable movers;
  DigestKeys keys;
  Lane* lanes;
  Interface* interfaces;  // kInterfaces per lane
  u8* regions;            // kRegion per lane
  Load load;
  ControlBuffer control;
  RowCounters rows;
  LocalStation local;
  BothEnds ends;
  Excerpts excerpts;
  Parsed dissected;         // of a single frame that a host asks about
  u64 atomicFragments = 0;  // IPv6 fragment headers around whole datagrams
  u64 overflowFrames = 0;
  u32 laneCount = 0;
  // For tests: every flow through the ordered path; every frame past the fast path.
  u32 orderEverything = 0, dissectEverything = 0;
  u32 batch = kBatch;

  bool Init(u32 maxFlows, u32 maxMovers, u32 ports, u32 laneTotal) {
    laneCount = Min(laneTotal, kLanes);
    if (!flows.Init(maxFlows)) return false;
    rows.flows = &flows;
    return movers.Init(maxMovers, Min(ports, kPorts), kPorts) && Reserve(lanes, laneCount) &&
           Reserve(interfaces, laneCount * kInterfaces) && Reserve(regions, static_cast<u64>(laneCount) * kRegion) &&
           load.Init() && control.Init() && local.Init() && excerpts.Init() && Reserve(rings_, laneCount) && Reserve(pending_, laneCount * kRing) && fragments_.Init();
  }

  // Runs until a lane needs something (status << 8 | lane), or all have ended and everything is counted (0).
  u32 Run() {
    for (;;) {
      for (u32 lane = 0; lane < laneCount; lane++) DecodeLane(lane);
      ConsumeSafe();
      bool busy = false;
      for (u32 lane = 0; lane < laneCount; lane++) {
        const u32 status = lanes[lane].status;
        if (status != kReady && status != kEnded) return status << 8 | lane;
        busy |= status != kEnded || rings_[lane].count > 0;
      }
      if (!busy) return 0;
    }
  }

  // Nothing before this time will come on the lane any more: others need not wait for it. What comes all the same counts as of then.
  void Promise(u32 lane, u64 time) {
    if (lane < laneCount && time > lanes[lane].lastTime) lanes[lane].lastTime = time;
  }

  // What was counted is complete up to here.
  u64 Horizon() const {
    u64 safe = ~0ull;
    for (u32 lane = 0; lane < laneCount; lane++) {
      if (lanes[lane].status != kEnded && lanes[lane].lastTime < safe) safe = lanes[lane].lastTime;
    }
    return safe;
  }

  // The row of the flow that answers this one; 0 if there is none.
  u32 AnswerTo(u32 row) const { return row == 0 || row > flows.count ? 0 : BothEnds::Reverse(flows, keys, row); }

  // Frames that were resolved and not counted yet.
  template <typename Visit>
  void EachWaiting(Visit visit) {
    for (u32 lane = 0; lane < laneCount; lane++) {
      Ring& ring = rings_[lane];
      for (u32 n = 0; n < ring.count; n++) visit(ring.entry[(ring.start + n) % kRing]);
    }
  }

  void Finish() {
    excerpts.CloseAll(flows, lanes);
    load.Finish();
    movers.Finish();
    ends.Look(flows, movers, keys);
  }

 private:
  struct Ring {
    Descriptor entry[kRing];
    Changing changing[kRing];
    u32 event[kRing];  // entries of this round that are merged
    u32 start, count, events, nextEvent;
  };
  // Where a frame is, for as long as its block is: a new flow is dissected again.
  struct Source {
    const u8* frame;
    const Interface* interface;
    u32 captured;
    u32 told;
  };
  struct Batch {
    u64 digest[kBatch];
    Source source[kBatch];
    u32 slot[kBatch];
  };

  Ring* rings_;
  Parsed* pending_;  // of fragments, by ring entry: their flow is known only in the order of time
  FragmentCache fragments_;
  Parsed parsed_;
  u32 touched_ = 0;  // so that loads ahead of their use are no dead code

  void DecodeLane(u32 number) {
    Lane& lane = lanes[number];
    Ring& ring = rings_[number];
    Interface* table = interfaces + number * kInterfaces;
    const u8* region = regions + static_cast<u64>(number) * kRegion;
    while (lane.status == kReady && kRing - ring.count >= batch) {
      if (PlainReader::Reads(lane, table[0])) DecodeBatch(number, ring, PlainReader(lane, table, region));
      else DecodeBatch(number, ring, AnyReader(lane, table, region));
    }
  }

  template <typename Reader>
  LACPSCOPE_NOINLINE void DecodeBatch(u32 number, Ring& ring, Reader reader) {
    Batch decoded;
    Status status = kReady;
    u32 n = 0;
    while (n < batch) {
      Record record;
      status = reader.Next(record);
      if (status != kReady) break;
      const u32 slot = (ring.start + ring.count + n) % kRing;
      Descriptor& d = ring.entry[slot];
      d.frame = reader.frames() + 1;
      const u32 took = Decode(record, number, d, ring.changing[slot], decoded.digest[n], pending_[number * kRing + slot]);
      if (took == kTryLater) {
        status = kControlFull;
        break;
      }
      reader.Take(record);
      if (took == kNotCounted) continue;
      d.time = reader.time();
      decoded.source[n] = {record.frame, record.interface, record.captured, record.told};
      decoded.slot[n] = slot;
      n++;
    }
    reader.Close();
    if (status != kReady) lanes[number].status = status;
    Resolve(number, ring, n, decoded);
    ring.count += n;
  }

  enum Took : u32 { kCounted = 0, kNotCounted = 1, kTryLater = 2 };

  LACPSCOPE_INLINE u32 Decode(const Record& record, u32 lane, Descriptor& d, Changing& changing, u64& digest, Parsed& pending) {
    const Interface& interface = *record.interface;
    if (interface.skip) return kNotCounted;
    d.wire = record.wire;
    d.port = interface.port;
    d.row = 0;
    if (interface.link == kEthernet && !dissectEverything && DecodeUsual(record, keys, d, changing, digest)) return kCounted;
    return DecodeOther(record, lane, d, changing, digest, pending);
  }

  void DissectFrame(const Source& source, u32 wire) {
    Dissect(source.interface->link, source.frame, source.captured, wire, parsed_);
    if (source.told != kNotTold) parsed_.told = source.told;
  }

  LACPSCOPE_NOINLINE u32 DecodeOther(const Record& record, u32 lane, Descriptor& d, Changing& changing, u64& digest, Parsed& pending) {
    DissectFrame({record.frame, record.interface, record.captured, record.told}, record.wire);
    if (parsed_.atomic) atomicFragments++;
    if (parsed_.control != kNoControl) {
      if (!control.Keep(record, parsed_, lane, d.frame)) return kTryLater;
      if (parsed_.control == kSlow) {
        record.interface->slowFrames++;
        record.interface->slowOctets += record.wire;
        return kNotCounted;
      }
    }
    digest = Digest(keys, parsed_.key, parsed_.keyWords);
    changing = parsed_.changing;
    d.flags = static_cast<u8>(parsed_.flags);
    d.sequence = parsed_.sequence;
    d.payload = static_cast<u16>(parsed_.flags & kTcpData ? parsed_.payload : parsed_.handshake);
    d.frameDigest = parsed_.frameDigest;
    if (parsed_.fragmentKey != 0) pending = parsed_;
    return kCounted;
  }

  LACPSCOPE_NOINLINE void Resolve(u32 number, Ring& ring, u32 n, const Batch& decoded) {
    const u64* digests = decoded.digest;
    const u32* slots = decoded.slot;
    u32 candidates[kBatch];
    u64 found[kBatch];
    for (u32 i = 0; i < n; i++) candidates[i] = flows.Candidate(digests[i]);
    for (u32 i = 0; i < n; i++) found[i] = flows.rows[candidates[i]].digest;
    for (u32 i = 0; i < n; i++) {
      Descriptor& d = ring.entry[slots[i]];
      if (found[i] == digests[i] && candidates[i] != 0 && (d.flags & kInOrder) == 0) {
        d.row = candidates[i];
        Row& r = flows.rows[d.row];
        const u32 home = d.port | number << kLaneShift;
        if ((r.state & (kHomeMask | kExcerptBit)) == home) continue;
        if ((r.state & kHomeMask) != home) r.state |= kOrderedBit;
        if (r.state & kExcerptBit) TakeExcerpt(d, decoded.source[i]);
        continue;
      }
      const bool later = (d.flags & kLaterFragment) != 0;
      // Without ports a later fragment names its flow itself; else its flow is looked up in the order of time.
      if (later && !NamesItsFlow(pending_[number * kRing + slots[i]])) continue;
      u32 row = candidates[i];
      if (row == 0 || found[i] != digests[i]) {
        row = flows.Find(digests[i]);
        if (row == 0) {
          // The fast path kept nothing but the digest: a new flow is dissected again.
          DissectFrame(decoded.source[i], d.wire);
          row = NewRow(digests[i], parsed_, d, number);
          if (row == 0 && local.IsEgress(parsed_)) d.flags |= kEgressOverflow;
        }
      }
      d.row = row;
      Row& r = flows.rows[row];
      const bool elsewhere = (r.state & kHomeMask) != (d.port | number << kLaneShift);
      if (row != 0 && (elsewhere || (d.flags & kInOrder) != 0)) r.state |= kOrderedBit;
      if ((r.state & kExcerptBit) != 0 && (d.flags & kInOrder) == 0) TakeExcerpt(d, decoded.source[i]);
    }
    if (n > 0 && ring.entry[slots[n - 1]].row != 0) excerpts.Sample(flows, keys, lanes, ring.entry[slots[n - 1]], n);
  }

  void TakeExcerpt(const Descriptor& d, const Source& source) {
    excerpts.Take(flows, lanes, d, source.interface->link, source.frame, source.captured);
  }

  // Fragments are counted in the order of time, so the rest of their flow must be too. Of broadcast and multicast every frame
  // may come back on another port: the window for copies must know them all.
  static constexpr u32 kInOrder = kFirstFragment | kLaterFragment | kGroup;

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

  // Counts what no lane can still precede.
  LACPSCOPE_NOINLINE void ConsumeSafe() {
    bool open = false;
    u64 safe = ~0ull;
    for (u32 lane = 0; lane < laneCount; lane++) {
      if (lanes[lane].status == kEnded) continue;
      open = true;
      if (lanes[lane].lastTime < safe) safe = lanes[lane].lastTime;
    }
    u32 taken = ConsumeBefore(safe, !open);
    // A full ring of one instant would wait for itself for ever: then that instant is counted whole, once.
    if (taken == 0 && open) {
      bool stuck = false;
      for (u32 lane = 0; lane < laneCount; lane++) stuck |= lanes[lane].status == kReady && kRing - rings_[lane].count < batch;
      if (stuck) ConsumeBefore(safe, true);
    }
  }

  // The series begins with the first frame of all inputs, of whatever kind: once none can come any more that is earlier.
  void StartLoad(u64 limit) {
    u64 first = ~0ull;
    for (u32 lane = 0; lane < laneCount; lane++) {
      if (lanes[lane].started && lanes[lane].firstTime < first) first = lanes[lane].firstTime;
    }
    if (first < limit) load.StartAt(first);
  }

  u32 ConsumeBefore(u64 safe, bool inclusive) {
    u32 taken = 0;
    bool events = false;
    const bool all = inclusive && safe == ~0ull;
    const u64 limit = inclusive && !all ? safe + 1 : safe;
    if (!load.started) StartLoad(limit);
    for (u32 lane = 0; lane < laneCount; lane++) {
      Ring& ring = rings_[lane];
      ring.events = ring.nextEvent = 0;
      u32 n = 0;
      while (n < ring.count) {
        const u32 slot = (ring.start + n) % kRing;
        const Descriptor& d = ring.entry[slot];
        if (d.time >= limit && !all) break;
        n++;
        if (d.flags & (kLaterFragment | kFirstFragment)) {
          // Its row may not be known yet; its direction is.
          load.Count(lane, d, local.IsEgress(pending_[lane * kRing + slot]) ? 1 : 0);
          ring.event[ring.events++] = slot;
          continue;
        }
        Row& row = flows.rows[d.row];
        load.Count(lane, d, d.row ? row.direction() : d.flags >> 7 & 1);
        if (d.row == 0) overflowFrames++;
        else if (row.state & kOrderedBit) ring.event[ring.events++] = slot;
        else rows.CountSingle(row, d, lane);
      }
      taken += n;
      events |= ring.events > 0;
      // Entries stay readable until the next decode: events are counted before that.
      ring.start = (ring.start + n) % kRing;
      ring.count -= n;
    }
    if (events) MergeEvents();
    return taken;
  }

  // Exact order between lanes, for the frames that need one: merged in groups, whose rows are loaded before they are counted.
  LACPSCOPE_NOINLINE void MergeEvents() {
    constexpr u32 kGroup = 32;
    u32 laneOf[kGroup], slotOf[kGroup];
    u64 next[kLanes];  // time of each lane's next event
    u32 left = 0;
    for (u32 lane = 0; lane < laneCount; lane++) {
      next[lane] = NextEvent(rings_[lane]);
      left += rings_[lane].events;
    }
    while (left > 0) {
      const u32 n = Min(left, kGroup);
      left -= n;
      for (u32 i = 0; i < n; i++) {
        const u32 lane = Earliest(next);
        Ring& ring = rings_[lane];
        laneOf[i] = lane;
        slotOf[i] = ring.event[ring.nextEvent++];
        next[lane] = NextEvent(ring);
      }
      for (u32 i = 0; i < n; i++) {
        const Descriptor& d = rings_[laneOf[i]].entry[slotOf[i]];
        touched_ += movers.Touch(d.row, flows.rows[d.row].mover(), d);
      }
      for (u32 i = 0; i < n; i++) CountEvent(laneOf[i], rings_[laneOf[i]], slotOf[i]);
    }
  }

  static constexpr u64 kNoEvent = ~0ull;

  LACPSCOPE_INLINE u64 NextEvent(const Ring& ring) const {
    return ring.nextEvent < ring.events ? ring.entry[ring.event[ring.nextEvent]].time : kNoEvent;
  }

  // Of equal times that of the first lane. Without a branch: which lane comes next nobody foretells.
  LACPSCOPE_INLINE u32 Earliest(const u64* next) const {
    u32 first = 0;
    u64 time = next[0];
    for (u32 lane = 1; lane < laneCount; lane++) {
      const bool earlier = next[lane] < time;
      first = earlier ? lane : first;
      time = earlier ? next[lane] : time;
    }
    return time == kNoEvent ? EarliestOfTheLast() : first;
  }

  // At the end of all time that time means no event no more.
  LACPSCOPE_NOINLINE u32 EarliestOfTheLast() const {
    for (u32 lane = 0;; lane++) if (rings_[lane].nextEvent < rings_[lane].events) return lane;
  }

  void CountEvent(u32 lane, Ring& ring, u32 slot) {
    Descriptor& d = ring.entry[slot];
    const bool fragment = (d.flags & (kFirstFragment | kLaterFragment)) != 0;
    if (fragment) JoinFragment(lane, d, pending_[lane * kRing + slot]);
    if (d.row == 0) return;
    Row& row = flows.rows[d.row];
    Cold& cold = flows.colds[d.row];
    u32 mover = row.mover();
    if (mover == 0 && row.port() != d.port && cold.firstFrame != 0) {
      mover = movers.Begin(d.row, row, cold, flows.RareIfAny(d.row), flows.LossIfAny(d.row));
    }
    if (mover != 0 && mover != kNoRoom) movers.Count(d.row, d, ring.changing[slot], mover, lane);
    else if (mover == 0 && d.flags & kGroup) movers.Remember(d.row, d);
    if (fragment) rows.CountFragment(row, d, lane);
    else if (mover == 0) rows.CountSingle(row, d, lane);
    else rows.CountTotals(row, d);
  }

  // Later fragments carry no ports: they belong to the flow of their first fragment, if that was seen within a minute.
  void JoinFragment(u32 lane, Descriptor& d, Parsed& pending) {
    if (d.flags & kFirstFragment) {
      fragments_.Remember(pending, d.time);
    } else {
      if (!fragments_.Complete(pending, d.time) && !NamesItsFlow(pending)) pending.key[5] |= kOrphan << 16;
      const u64 digest = Digest(keys, pending.key, pending.keyWords);
      d.row = flows.Find(digest);
      if (d.row == 0) d.row = NewRow(digest, pending, d, lane);
      Row& row = flows.rows[d.row];
      if (d.row != 0 && (row.port() != d.port || row.lane() != lane)) row.state |= kOrderedBit;
    }
    if (d.row == 0) overflowFrames++;
  }
};
