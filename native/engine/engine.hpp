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

constexpr u32 kBatch = 64, kQueue = 128;

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
           load.Init() && control.Init() && local.Init() && excerpts.Init() && Reserve(queues_, laneCount) && Reserve(pending_, laneCount * kQueue) && fragments_.Init();
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
        busy |= status != kEnded || queues_[lane].count() > 0;
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
      Queue& queue = queues_[lane];
      for (u32 n = queue.start; n < queue.end; n++) visit(queue.entry[n]);
    }
  }

  void Finish() {
    excerpts.CloseAll(flows, lanes);
    load.Finish();
    movers.Finish();
    ends.Look(flows, movers, keys);
  }

 private:
  // What a lane decoded and nobody counted yet, in the order of time.
  struct Queue {
    Descriptor entry[kQueue];
    Changing changing[kQueue];
    u32 event[kQueue];  // entries of this round that are merged
    u32 start, end, events, nextEvent;

    u32 count() const { return end - start; }
  };
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

  Queue* queues_;
  Parsed* pending_;  // of fragments, by queue entry: their flow is known only in the order of time
  FragmentCache fragments_;
  Parsed parsed_;
  u32 touched_ = 0;  // so that loads ahead of their use are no dead code

  void DecodeLane(u32 number) {
    Lane& lane = lanes[number];
    Queue& queue = queues_[number];
    Interface* table = interfaces + number * kInterfaces;
    while (lane.status == kReady && kQueue - queue.count() >= batch) {
      if (!control.HasRoom()) {
        lane.status = kControlFull;
        return;
      }
      if (queue.end + batch > kQueue) MoveToFront(queue, pending_ + number * kQueue);
      if (!dissectEverything && PlainReader::Reads(lane, table[0])) DecodeBatch<PlainReader>(number, queue);
      else DecodeBatch<AnyReader>(number, queue);
    }
  }

  // What waits is little, so that entries which lie one behind the other cost less than ones that go round.
  LACPSCOPE_NOINLINE static void MoveToFront(Queue& queue, Parsed* pending) {
    const u32 waiting = queue.count();
    __builtin_memmove(queue.entry, queue.entry + queue.start, waiting * sizeof(Descriptor));
    __builtin_memmove(queue.changing, queue.changing + queue.start, waiting * sizeof(Changing));
    for (u32 n = 0; n < waiting; n++) {
      if (queue.entry[n].flags & (kFirstFragment | kLaterFragment)) pending[n] = pending[n + queue.start];
    }
    queue.start = 0;
    queue.end = waiting;
  }

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

  // Up to the first that is not usual, which was read, too. Calls nothing: where a loop has a call, V8 keeps in memory what else is in
  // registers.
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
  // do, are left to be resolved one by one: noted without a branch, for which come next nobody foretells. Calls nothing.
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
    // A full queue of one instant would wait for itself for ever: then that instant is counted whole, once.
    if (taken == 0 && open) {
      bool stuck = false;
      for (u32 lane = 0; lane < laneCount; lane++) stuck |= lanes[lane].status == kReady && kQueue - queues_[lane].count() < batch;
      if (stuck) ConsumeBefore(safe, true);
    }
  }

  // The series begins with the first frame of all inputs, of whatever kind: once none can come any more that is earlier.
  void StartLoad(u64 last) {
    u64 first = ~0ull;
    for (u32 lane = 0; lane < laneCount; lane++) {
      if (lanes[lane].started && lanes[lane].firstTime < first) first = lanes[lane].firstTime;
    }
    if (first <= last) load.StartAt(first);
  }

  u32 ConsumeBefore(u64 safe, bool inclusive) {
    if (safe == 0 && !inclusive) return 0;
    const u64 last = inclusive ? safe : safe - 1;
    u32 taken = 0;
    bool events = false;
    if (!load.started) StartLoad(last);
    for (u32 lane = 0; lane < laneCount; lane++) {
      Queue& queue = queues_[lane];
      queue.events = queue.nextEvent = 0;
      u32 slot = queue.start;
      for (;;) {
        slot = ConsumeUsual(lane, queue, slot, last);
        if (slot == queue.end || queue.entry[slot].time > last) break;
        ConsumeOther(lane, queue, slot++);
      }
      taken += slot - queue.start;
      events |= queue.events > 0;
      // Entries stay readable until the next decode: events are counted before that.
      queue.start = slot;
    }
    if (events) MergeEvents();
    return taken;
  }

  // Counts up to the first frame that is more than one of a flow that goes on, or too late. Calls nothing: where a loop has a call,
  // V8 keeps in memory what it else had in registers.
  LACPSCOPE_NOINLINE u32 ConsumeUsual(u32 lane, Queue& queue, u32 slot, u64 last) {
    constexpr u32 kUnusual = kLaterFragment | kFirstFragment | kTruncated | kGroup;
    Row* const table = flows.rows;
    const u32 end = queue.end;
    u32 events = queue.events;
    for (; slot < end; slot++) {
      const Descriptor& d = queue.entry[slot];
      Row& row = table[d.row];
      const u32 direction = row.direction();
      if (d.time > last || d.flags & kUnusual || d.row == 0 || !load.IsUsual(lane, d, direction)) break;
      if (row.state & kOrderedBit) queue.event[events++] = slot;
      else if (!rows.CountUsual(row, d)) break;
      load.Add(lane, d, direction);
    }
    queue.events = events;
    return slot;
  }

  LACPSCOPE_NOINLINE void ConsumeOther(u32 lane, Queue& queue, u32 slot) {
    const Descriptor& d = queue.entry[slot];
    if (d.flags & (kLaterFragment | kFirstFragment)) {
      // Its row may not be known yet; its direction is.
      load.Count(lane, d, local.IsEgress(pending_[lane * kQueue + slot]) ? 1 : 0);
      queue.event[queue.events++] = slot;
      return;
    }
    Row& row = flows.rows[d.row];
    load.Count(lane, d, d.row ? row.direction() : d.flags >> 7 & 1);
    if (d.row == 0) overflowFrames++;
    else if (row.state & kOrderedBit) queue.event[queue.events++] = slot;
    else rows.CountSingle(row, d, lane);
  }

  // Exact order between lanes, for the frames that need one: merged in groups, whose rows are loaded before they are counted.
  LACPSCOPE_NOINLINE void MergeEvents() {
    constexpr u32 kGroup = 32;
    Descriptor* eventOf[kGroup];
    u32 laneOf[kGroup];
    u64 next[kLanes];  // time of each lane's next event
    for (u64& time : next) time = kNoEvent;
    u32 left = 0;
    for (u32 lane = 0; lane < laneCount; lane++) {
      next[lane] = NextEvent(queues_[lane]);
      left += queues_[lane].events;
    }
    while (left > 0) {
      const u32 n = Min(left, kGroup);
      left -= n;
      for (u32 i = 0; i < n; i++) {
        const u32 lane = Earliest(next);
        Queue& queue = queues_[lane];
        laneOf[i] = lane;
        eventOf[i] = queue.entry + queue.event[queue.nextEvent++];
        next[lane] = NextEvent(queue);
      }
      u32 touched = 0;
      for (u32 i = 0; i < n; i++) {
        const Descriptor& d = *eventOf[i];
        touched += movers.Touch(d.row, flows.rows[d.row].mover(), d);
      }
      touched_ += touched;
      for (u32 i = 0; i < n; i++) CountEvent(laneOf[i], *eventOf[i]);
    }
  }

  static constexpr u64 kNoEvent = ~0ull;

  LACPSCOPE_INLINE u64 NextEvent(const Queue& queue) const {
    return queue.nextEvent < queue.events ? queue.entry[queue.event[queue.nextEvent]].time : kNoEvent;
  }

  // Of equal times that of the first lane. Without a branch: which lane comes next nobody foretells.
  LACPSCOPE_INLINE u32 Earliest(const u64* next) const {
    u32 first = 0;
    u64 time = next[0];
    for (u32 four = 0; four < laneCount; four += 4) {
      for (u32 lane = four; lane < four + 4; lane++) {
        const bool earlier = next[lane] < time;
        first = earlier ? lane : first;
        time = earlier ? next[lane] : time;
      }
    }
    return time == kNoEvent ? EarliestOfTheLast() : first;
  }

  // At the end of all time that time means no event no more.
  LACPSCOPE_NOINLINE u32 EarliestOfTheLast() const {
    for (u32 lane = 0;; lane++) if (queues_[lane].nextEvent < queues_[lane].events) return lane;
  }

  LACPSCOPE_INLINE void CountEvent(u32 lane, Descriptor& d) {
    const u32 slot = static_cast<u32>(&d - queues_[lane].entry);
    const bool fragment = (d.flags & (kFirstFragment | kLaterFragment)) != 0;
    if (fragment) JoinFragment(lane, d, pending_[lane * kQueue + slot]);
    if (d.row == 0) return;
    Row& row = flows.rows[d.row];
    u32 mover = row.mover();
    if (mover == 0 && row.port() != d.port && flows.colds[d.row].firstFrame != 0) {
      mover = movers.Begin(d.row, row, flows.colds[d.row], flows.RareIfAny(d.row), flows.LossIfAny(d.row));
    }
    if (mover != 0 && mover != kNoRoom) movers.Count(d.row, d, queues_[lane].changing[slot], mover, lane);
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
