// The pass over all inputs: decoded in batches, lane by lane, then counted. A flow on one port needs no order between ports;
// frames of flows seen on more become events, and only those are merged, exactly, by (time, lane, position). The outcome is that
// of a full merge: resolving runs ahead of counting on every lane, so before a frame of time t is counted, every flow with frames
// on two ports before t is already marked.
#pragma once

#include "decoder.hpp"
#include "fragments.hpp"
#include "load.hpp"
#include "row_counters.hpp"

class Engine : public Decoder {
 public:
  MoverTable movers;
  Load load;
  RowCounters rows;
  BothEnds ends;
  Parsed dissected;  // of a single frame that a host asks about
  u64 overflowFrames = 0;

  bool Init(u32 maxFlows, u32 maxMovers, u32 ports, u32 laneTotal) {
    laneCount = Min(laneTotal, kLanes);
    if (!flows.Init(maxFlows, keys)) return false;
    rows.flows = &flows;
    return movers.Init(maxMovers, Min(ports, kPorts), kPorts) && Reserve(lanes, laneCount) &&
           Reserve(interfaces, laneCount * kInterfaces) && Reserve(regions, static_cast<u64>(laneCount) * kRegion) &&
           load.Init() && control.Init() && local.Init() && excerpts.Init() && Reserve(queues_, laneCount) &&
           Reserve(pending_, laneCount * kQueue) && fragments_.Init();
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
  FragmentCache fragments_;
  u32 touched_ = 0;  // so that loads ahead of their use are no dead code

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
    if (first <= last && first != ~0ull) load.StartAt(first);
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

  // Counts up to the first frame that is more than one of a flow that goes on, or too late. Calls nothing, see decoder.hpp.
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
