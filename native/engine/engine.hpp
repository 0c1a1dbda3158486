// The pass over all inputs, in stages over batches: frame and dissect 64 records of one lane, load all their index slots,
// load all their rows, resolve, then count. A flow on one port needs no order between ports; frames of flows seen on more
// become events, and only those are merged, exactly, by (time, lane, position). The outcome is that of a full merge:
// resolving runs ahead of counting on every lane, so before a frame of time t is counted, every flow with frames on two
// ports before t is already marked.
#pragma once

#include "movers.hpp"
#include "records.hpp"

constexpr u32 kBatch = 64, kRing = 512;
constexpr u32 kPorts = 16;
constexpr u32 kBuckets = 1024;
constexpr u32 kControlBytes = 1 << 20, kControlFrameMost = 2048;
constexpr u32 kSilences = 4096;
constexpr u64 kSilenceNs = 1'000'000'000;
constexpr u32 kFragments = 4096;
constexpr u64 kFragmentLifeNs = 60'000'000'000;

struct Silence { u64 from, to; u32 lane, portAndDirection; };
struct ControlRecord { u64 time; u32 octets, kind, port, lane, frame, payloadAt; };

class Engine {
 public:
  FlowTable flows;
  MoverTable movers;
  DigestKeys keys;
  Lane* lanes;
  Interface* interfaces;  // kInterfaces per lane
  u8* regions;            // kRegion per lane
  u64* seriesOctets;      // direction, port, bucket
  u64* seriesFrames;
  u64 seriesStart = 0;    // time of the earliest frame that is counted
  bool seriesStarted = false;
  u64 seriesWidth = 100'000'000;
  u32 seriesMost = 1000;
  u32 seriesUsed = 0;
  u8* control;
  u32 controlUsed = 0;
  Silence* silences;
  u32 silenceCount = 0;
  u64* lastUnicast;       // per lane, port and direction; 0: none yet
  u64* localMacs;
  u32 localMacCount = 0;
  u64 overflowFrames = 0;
  u32 laneCount = 0;
  // For the tests of scheduling: 1 puts every flow through the ordered path.
  u32 orderEverything = 0;
  u32 batch = kBatch;

  bool Init(u32 maxFlows, u32 maxMovers, u32 ports, u32 laneTotal) {
    laneCount = Min(laneTotal, kLanes);
    return flows.Init(maxFlows) && movers.Init(maxMovers, Min(ports, kPorts)) && Reserve(lanes, laneCount) &&
           Reserve(interfaces, laneCount * kInterfaces) && Reserve(regions, static_cast<u64>(laneCount) * kRegion) &&
           Reserve(seriesOctets, 2 * kPorts * kBuckets) && Reserve(seriesFrames, 2 * kPorts * kBuckets) &&
           Reserve(control, kControlBytes) && Reserve(silences, kSilences) && Reserve(lastUnicast, kLanes * kPorts * 2) &&
           Reserve(localMacs, 4096) && Reserve(rings_, laneCount) && Reserve(pending_, laneCount * kRing) &&
           Reserve(fragments_, kFragments);
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

  void Finish() { movers.Finish(); }

 private:
  struct Ring {
    Descriptor entry[kRing];
    u32 event[kRing];  // entries of this round that are merged
    u32 start, count, events, nextEvent;
    u64 bucketFrom, bucketTo;
    u32 bucket;
    u32 spare;
  };
  struct FragmentEntry { u64 key; u64 time; u32 ports; u32 hasPorts; };

  Ring* rings_;
  Parsed* pending_;  // of fragments, by ring entry: their flow is known only in the order of time
  FragmentEntry* fragments_;
  Parsed parsed_;

  void DecodeLane(u32 number) {
    Lane& lane = lanes[number];
    Ring& ring = rings_[number];
    while (lane.status == kReady && kRing - ring.count >= batch) DecodeBatch(number, lane, ring);
  }

  LACPSCOPE_NOINLINE void DecodeBatch(u32 number, Lane& lane, Ring& ring) {
    const u8* region = regions + static_cast<u64>(number) * kRegion;
    Interface* table = interfaces + number * kInterfaces;
    u64 digests[kBatch];
    const u8* frames[kBatch];
    u32 captured[kBatch];
    u32 slots[kBatch];
    u32 n = 0;
    while (n < batch) {
      Record record;
      const Status status = lane.format == kPcap ? FramePcap(lane, table, region, record) : FramePcapng(lane, table, region, record);
      if (status != kReady) {
        lane.status = status;
        break;
      }
      const u32 slot = (ring.start + ring.count + n) % kRing;
      Descriptor& d = ring.entry[slot];
      d.frame = lane.frames + 1;
      const u32 took = Decode(record, number, d, digests[n], pending_[number * kRing + slot]);
      if (took == kTryLater) {
        lane.status = kControlFull;
        break;
      }
      lane.head += record.octets;
      lane.frames++;
      Account(lane, record);
      if (took == kNotCounted) continue;
      d.time = lane.lastTime;
      frames[n] = record.frame;
      captured[n] = record.captured;
      slots[n] = slot;
      n++;
    }
    Resolve(number, ring, n, digests, frames, captured, slots);
    ring.count += n;
  }

  LACPSCOPE_INLINE void Account(Lane& lane, const Record& record) {
    Interface& interface = *record.interface;
    if (interface.frames++ == 0) {
      interface.firstTime = interface.lastTime = record.time;
    } else {
      if (record.time < interface.firstTime) interface.firstTime = record.time;
      if (record.time > interface.lastTime) interface.lastTime = record.time;
    }
    interface.octets += record.wire;
    interface.capturedOctets += record.captured;
    if (!lane.started) {
      lane.started = 1;
      lane.lastTime = record.time;
    } else if (record.time < lane.lastTime) {
      interface.backwards++;  // counted at the time of the frame before it
    } else {
      lane.lastTime = record.time;
    }
  }

  enum Took : u32 { kCounted = 0, kNotCounted = 1, kTryLater = 2 };

  LACPSCOPE_INLINE u32 Decode(const Record& record, u32 lane, Descriptor& d, u64& digest, Parsed& pending) {
    const u8* f = record.frame;
    if (record.interface->skip) return kNotCounted;
    d.wire = record.wire;
    d.port = record.interface->port;
    d.row = 0;
    // The usual frame: at most one 802.1Q tag, IPv4 without options, whole, TCP or UDP.
    const u32 tag = record.captured > 60 && LoadBe16(f + 12) == 0x8100 ? 4 : 0;
    const u8* packet = f + 14 + tag;
    if (record.captured >= 52 + tag && LoadBe16(f + 12 + tag) == ether::kIpv4 && packet[0] == 0x45 &&
        (LoadBe16(packet + 6) & 0x3fff) == 0) {
      const u32 protocol = packet[9];
      if (protocol == ip::kTcp || protocol == ip::kUdp) {
        const u32 vlan = tag ? 0x8000u | (LoadBe16(f + 14) & 0xfff) : 0;
        const u32 m[8] = {LoadLe32(f), LoadLe32(f + 4), LoadLe32(f + 8), vlan << 16 | ether::kIpv4,
                          LoadLe32(packet + 20), protocol | 4 << 8, LoadLe32(packet + 12), LoadLe32(packet + 16)};
        digest = Digest(keys, m, 8);
        const u32 ahead = 14 + tag;
        const u32 total = LoadBe16(packet + 2);
        const u32 wire = record.wire - ahead;
        const u32 octets = total == 0 ? wire : Min(total, wire);
        const u32 transport = octets > 20 ? octets - 20 : 0;
        const u32 id = LoadBe16(packet + 4);
        const u8* t = packet + 20;
        u32 flags = (f[0] & 1 ? kGroup : 0) | (id ? kNumbered : 0);
        u32 h = Mix(Mix(0, id), transport);
        d.payload = 0;
        d.sequence = 0;
        if (protocol == ip::kTcp) {
          const u32 header = (t[12] >> 4) * 4u;
          h = Mix(Mix(Mix(h, LoadLe32(t + 4)), LoadLe32(t + 8)), LoadLe32(t + 14));
          if (header >= 20) {
            if (transport > header) {
              flags |= kTcpData | kNumbered;
              d.sequence = LoadBe32(t + 4);
              d.payload = static_cast<u16>(Min(transport - header, 65535));
            } else if (t[13] & 0x10) {
              flags |= kTcpBare;
              d.sequence = LoadBe32(t + 8);
            }
          }
        } else {
          const u32 held = Min(record.captured - ahead - 20, transport);
          h = DigestBytes(h, t, t + held, 24);
        }
        d.flags = static_cast<u8>(flags);
        d.frameDigest = h;
        return kCounted;
      }
    }
    return DecodeOther(record, lane, d, digest, pending);
  }

  LACPSCOPE_NOINLINE u32 DecodeOther(const Record& record, u32 lane, Descriptor& d, u64& digest, Parsed& pending) {
    Dissect(record.frame, record.captured, record.wire, parsed_);
    if (parsed_.control != kNoControl) {
      if (!KeepControl(record, lane, d.frame)) return kTryLater;
      if (parsed_.control == kSlow) {
        record.interface->slowFrames++;
        record.interface->slowOctets += record.wire;
        return kNotCounted;
      }
    }
    digest = Digest(keys, parsed_.key, parsed_.keyWords);
    d.flags = static_cast<u8>(parsed_.flags);
    d.sequence = parsed_.sequence;
    d.payload = static_cast<u16>(parsed_.payload);
    d.frameDigest = parsed_.frameDigest;
    if (parsed_.fragmentKey != 0) pending = parsed_;
    return kCounted;
  }

  bool KeepControl(const Record& record, u32 lane, u32 frame) {
    const u32 octets = Min(record.captured, kControlFrameMost);
    const u32 room = (sizeof(ControlRecord) + octets + 7) & ~7u;
    if (controlUsed + room > kControlBytes) return false;
    ControlRecord* entry = reinterpret_cast<ControlRecord*>(control + controlUsed);
    *entry = {record.time, octets, parsed_.control, record.interface->port, lane, frame, parsed_.controlAt};
    __builtin_memcpy(entry + 1, record.frame, octets);
    controlUsed += room;
    return true;
  }

  LACPSCOPE_NOINLINE void Resolve(u32 number, Ring& ring, u32 n, const u64* digests, const u8** frames, const u32* captured,
                                  const u32* slots) {
    u32 candidates[kBatch];
    u64 found[kBatch];
    for (u32 i = 0; i < n; i++) candidates[i] = flows.Candidate(digests[i]);
    for (u32 i = 0; i < n; i++) found[i] = flows.rows[candidates[i]].digest;
    for (u32 i = 0; i < n; i++) {
      Descriptor& d = ring.entry[slots[i]];
      const bool later = (d.flags & kLaterFragment) != 0;
      // Without ports a later fragment names its flow itself; else its flow is looked up in the order of time.
      if (later && !NamesItsFlow(pending_[number * kRing + slots[i]])) continue;
      u32 row = candidates[i];
      if (row == 0 || found[i] != digests[i]) {
        row = flows.Find(digests[i]);
        if (row == 0) {
          // The fast path kept nothing but the digest: a new flow is dissected again.
          Dissect(frames[i], captured[i], d.wire, parsed_);
          row = NewRow(digests[i], parsed_, d, number);
          if (row == 0 && IsLocal(parsed_)) d.flags |= kEgressOverflow;
        }
      }
      d.row = row;
      Row& r = flows.rows[row];
      // Fragments are counted in the order of time, so the rest of their flow must be too. Of broadcast and multicast every
      // frame may come back on another port: the window for copies must know them all.
      const bool inOrder = (d.flags & (kFirstFragment | kLaterFragment | kGroup)) != 0;
      if (row != 0 && (inOrder || r.port() != d.port || r.lane() != number)) r.state |= kOrderedBit;
    }
  }

  static bool NamesItsFlow(const Parsed& parsed) {
    const u32 protocol = parsed.key[5] & 255;
    return !ip::HasPorts(protocol) && protocol != ip::kIcmp && protocol != ip::kIcmp6 && protocol != ip::kEsp;
  }

  u32 NewRow(u64 digest, const Parsed& parsed, const Descriptor& d, u32 lane) {
    const u32 row = flows.Insert(digest, parsed);
    if (row == 0) return 0;
    Row& r = flows.rows[row];
    r.state = d.port | (IsLocal(parsed) ? kEgressBit : 0) | lane << kLaneShift | (orderEverything ? kOrderedBit : 0);
    r.pairs = kNoDataYet;
    return row;
  }

  bool IsLocal(const Parsed& parsed) const {
    const u64 mac = static_cast<u64>(__builtin_bswap32(parsed.key[2])) | static_cast<u64>(__builtin_bswap16(static_cast<u16>(parsed.key[1] >> 16))) << 32;
    u32 from = 0, to = localMacCount;  // sorted
    while (from < to) {
      const u32 middle = (from + to) / 2;
      if (localMacs[middle] < mac) from = middle + 1;
      else to = middle;
    }
    return from < localMacCount && localMacs[from] == mac;
  }

  // Counts what no lane can still precede.
  LACPSCOPE_NOINLINE void ConsumeSafe() {
    bool open = false;
    u64 safe = ~0ull;
    for (u32 lane = 0; lane < laneCount; lane++) {
      if (lanes[lane].status == kEnded) continue;
      open = true;
      const u64 last = lanes[lane].started ? lanes[lane].lastTime : 0;
      if (last < safe) safe = last;
    }
    u32 taken = ConsumeBefore(safe, !open);
    // A full ring of one instant would wait for itself for ever: then that instant is counted whole, once.
    if (taken == 0 && open) {
      bool stuck = false;
      for (u32 lane = 0; lane < laneCount; lane++) stuck |= lanes[lane].status == kReady && kRing - rings_[lane].count < batch;
      if (stuck) ConsumeBefore(safe, true);
    }
  }

  // Nothing is counted before every lane has shown a frame or ended, so the first frames of the rings hold the earliest.
  void StartSeries() {
    for (u32 lane = 0; lane < laneCount; lane++) {
      if (rings_[lane].count == 0) continue;
      const u64 time = rings_[lane].entry[rings_[lane].start].time;
      if (!seriesStarted || time < seriesStart) seriesStart = time;
      seriesStarted = true;
    }
  }

  u32 ConsumeBefore(u64 safe, bool inclusive) {
    if (!seriesStarted && safe != 0) StartSeries();
    u32 taken = 0;
    bool events = false;
    for (u32 lane = 0; lane < laneCount; lane++) {
      Ring& ring = rings_[lane];
      ring.events = ring.nextEvent = 0;
      u32 n = 0;
      while (n < ring.count) {
        const u32 slot = (ring.start + n) % kRing;
        const Descriptor& d = ring.entry[slot];
        if (d.time >= safe && !(inclusive && d.time == safe) && !(inclusive && safe == ~0ull)) break;
        n++;
        if (d.flags & (kLaterFragment | kFirstFragment)) {
          // Its row may not be known yet; its direction is.
          CountLoad(lane, ring, d, IsLocal(pending_[lane * kRing + slot]) ? 1 : 0);
          ring.event[ring.events++] = slot;
          continue;
        }
        Row& row = flows.rows[d.row];
        CountLoad(lane, ring, d, d.row ? row.direction() : d.flags >> 7 & 1);
        if (d.row == 0) overflowFrames++;
        else if (row.state & kOrderedBit) ring.event[ring.events++] = slot;
        else CountSingle(row, d, lane);
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

  LACPSCOPE_INLINE void CountLoad(u32 lane, Ring& ring, const Descriptor& d, u32 direction) {
    if (d.time < ring.bucketFrom || d.time >= ring.bucketTo) FindBucket(ring, d.time);
    const u32 at = (direction * kPorts + d.port) * kBuckets + ring.bucket;
    seriesOctets[at] += d.wire;
    seriesFrames[at]++;
    if (d.flags & kGroup) return;
    u64& last = lastUnicast[(lane * kPorts + d.port) * 2 + direction];
    if (d.time > last + kSilenceNs) KeepSilence(lane, d, direction, last);
    last = d.time;
  }

  LACPSCOPE_NOINLINE void KeepSilence(u32 lane, const Descriptor& d, u32 direction, u64 last) {
    if (silenceCount < kSilences && (last != 0 || d.time > seriesStart + kSilenceNs)) {
      silences[silenceCount++] = {last != 0 ? last : seriesStart, d.time, lane, d.port * 2 + direction};
    }
  }

  LACPSCOPE_NOINLINE void FindBucket(Ring& ring, u64 time) {
    const u64 since = time > seriesStart ? time - seriesStart : 0;
    while (since / seriesWidth >= seriesMost) HalveSeries(since);
    ring.bucket = static_cast<u32>(since / seriesWidth);
    if (ring.bucket >= seriesUsed) seriesUsed = ring.bucket + 1;
    ring.bucketFrom = time < seriesStart ? 0 : seriesStart + ring.bucket * seriesWidth;
    ring.bucketTo = seriesStart + (ring.bucket + 1) * seriesWidth;
  }

  // Doubles the width until `since` fits, in one go: a jump of years is one rescale.
  void HalveSeries(u64 since) {
    u32 shift = 0;
    while ((since / seriesWidth >> shift) >= seriesMost) shift++;
    for (u32 strip = 0; strip < 2 * kPorts; strip++) {
      u64* octets = seriesOctets + strip * kBuckets;
      u64* frames = seriesFrames + strip * kBuckets;
      for (u32 i = 0; i < seriesUsed; i++) {
        const u32 to = shift < 32 ? i >> shift : 0;
        const u64 o = octets[i], f = frames[i];
        octets[i] = frames[i] = 0;
        octets[to] += o;
        frames[to] += f;
      }
    }
    seriesUsed = seriesUsed == 0 ? 0 : ((seriesUsed - 1) >> shift) + 1;
    seriesWidth <<= shift;
    for (u32 lane = 0; lane < laneCount; lane++) rings_[lane].bucketFrom = rings_[lane].bucketTo = 0;
  }

  // A flow on one port: everything it needs is in its cache line, but for what is rare.
  LACPSCOPE_INLINE void CountSingle(Row& row, const Descriptor& d, u32 lane) {
    if (row.frames == 0 && row.octets == 0) CountFirst(row, d, lane);
    else if (row.frames != 0) {
      const u64 gap = d.time > row.lastTime ? d.time - row.lastTime : 0;
      if (gap > 10'000) row.gaps[GapBin(gap) - 1]++;
    }
    if (d.time > row.lastTime) row.lastTime = d.time;
    row.octets += d.wire;
    if (++row.frames == 0) flows.colds[d.row].framesHigh++;
    if (d.flags & kTcpData) {
      if (row.pairs & kNoDataYet) {
        row.pairs = ~0u;  // the first segment meets its own number
        row.nextSequence = d.sequence;
        flows.colds[d.row].firstSequence = d.sequence;
      }
      const i32 ahead = SequenceDifference(d.sequence, row.nextSequence);
      if (ahead >= 0) {
        row.pairs++;
        if (ahead > 0) CountHole(d, static_cast<u32>(ahead));
        row.nextSequence = d.sequence + d.payload;
      } else {
        CountRepeat(row, d);
      }
      if (d.wire > 1522) flows.colds[d.row].superFrames++;
    } else if (d.flags & kTcpBare && row.pairs & kNoDataYet) {
      if (row.pairs == kNoDataYet || SequenceDifference(d.sequence, row.nextSequence) > 0) {
        row.pairs++;
        row.nextSequence = d.sequence;
      }
    }
    if (d.flags & kTruncated) flows.colds[d.row].truncated++;
  }

  LACPSCOPE_NOINLINE void CountFirst(Row& row, const Descriptor& d, u32 lane) {
    Cold& cold = flows.colds[d.row];
    cold.firstTime = row.lastTime = d.time;
    cold.firstFrame = d.frame;
    cold.firstDigest = d.frameDigest;
    cold.lane = lane;
    // The row may have been made by a frame that a lane decoded earlier but that came later.
    if ((row.state & 15) != d.port) row.state = (row.state & ~15u) | d.port;
  }

  LACPSCOPE_NOINLINE void CountHole(const Descriptor& d, u32 octets) {
    flows.colds[d.row].holes++;
    flows.colds[d.row].holeOctets += octets;
  }

  LACPSCOPE_NOINLINE void CountRepeat(Row& row, const Descriptor& d) {
    flows.colds[d.row].repeats++;
    const u32 end = d.sequence + d.payload;
    if (SequenceDifference(end, row.nextSequence) > 0) row.nextSequence = end;
  }

  // Exact order between lanes, for the frames that need one.
  LACPSCOPE_NOINLINE void MergeEvents() {
    for (;;) {
      u32 first = kLanes;
      u64 time = ~0ull;
      for (u32 lane = 0; lane < laneCount; lane++) {
        const Ring& ring = rings_[lane];
        if (ring.nextEvent == ring.events) continue;
        const u64 t = ring.entry[ring.event[ring.nextEvent]].time;
        if (first == kLanes || t < time) {
          time = t;
          first = lane;
        }
      }
      if (first == kLanes) return;
      Ring& ring = rings_[first];
      const u32 slot = ring.event[ring.nextEvent++];
      CountEvent(first, ring, slot);
    }
  }

  void CountEvent(u32 lane, Ring& ring, u32 slot) {
    Descriptor& d = ring.entry[slot];
    const bool fragment = (d.flags & (kFirstFragment | kLaterFragment)) != 0;
    if (fragment) JoinFragment(lane, d, pending_[lane * kRing + slot]);
    if (d.row == 0) return;
    Row& row = flows.rows[d.row];
    Cold& cold = flows.colds[d.row];
    u32 mover = row.mover();
    if (mover == 0 && row.octets != 0 && row.port() != d.port) mover = movers.Begin(d.row, row, cold);
    if (mover != 0 && mover != kNoRoom) movers.Count(d.row, d, mover, lane);
    else if (mover == 0 && d.flags & kGroup) movers.Remember(d.row, d);
    if (fragment) CountFragment(row, d, lane);
    else if (mover == 0) CountSingle(row, d, lane);
    else CountTotals(row, d);
  }

  // What a flow's own row goes on counting once it has a mover row: totals and times.
  void CountTotals(Row& row, const Descriptor& d) {
    const u64 gap = d.time > row.lastTime ? d.time - row.lastTime : 0;
    if (gap > 10'000) row.gaps[GapBin(gap) - 1]++;
    if (d.time > row.lastTime) row.lastTime = d.time;
    row.octets += d.wire;
    if (++row.frames == 0) flows.colds[d.row].framesHigh++;
    if (d.flags & kTcpData && d.wire > 1522) flows.colds[d.row].superFrames++;
    if (d.flags & kTruncated) flows.colds[d.row].truncated++;
  }

  void CountFragment(Row& row, const Descriptor& d, u32 lane) {
    if (row.frames == 0 && row.octets == 0) CountFirst(row, d, lane);
    Cold& cold = flows.colds[d.row];
    row.octets += d.wire;
    if (d.time > row.lastTime) row.lastTime = d.time;
    if (d.flags & kLaterFragment) cold.laterFragments++;
    else cold.firstFragments++;
    if (d.flags & kTruncated) cold.truncated++;
  }

  // Later fragments carry no ports: they belong to the flow of their first fragment, if that was seen within a minute.
  void JoinFragment(u32 lane, Descriptor& d, Parsed& pending) {
    FragmentEntry& entry = fragments_[(pending.fragmentKey >> 7) % kFragments];
    if (d.flags & kFirstFragment) {
      entry = {pending.fragmentKey, d.time, pending.key[4], pending.hasPorts};
    } else {
      if (entry.key == pending.fragmentKey && d.time - entry.time <= kFragmentLifeNs) {
        pending.key[4] = entry.ports;
        pending.hasPorts = entry.hasPorts != 0;
      }
      const u64 digest = Digest(keys, pending.key, pending.keyWords);
      d.row = flows.Find(digest);
      if (d.row == 0) d.row = NewRow(digest, pending, d, lane);
      Row& row = flows.rows[d.row];
      if (d.row != 0 && (row.port() != d.port || row.lane() != lane)) row.state |= kOrderedBit;
    }
    if (d.row == 0) overflowFrames++;
  }
};
