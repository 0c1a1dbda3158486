// What a TCP flow covered of its sequence space: over all ports in the order of time, and how much of it came late; and on each
// port by itself.
#pragma once

#include "losses.hpp"
#include "memory.hpp"

constexpr u32 kHolesKept = 15, kOwnHoles = 6;

struct Hole { u32 from, to, arrival; };

// Of flows that frames overtook each other in, in the order of capture: where clocks agree and nothing is lost, of few.
struct HolePool {
  struct Holes { Hole hole[kHolesKept]; };
  Holes* list;
  u32 count = 0;  // from 1 on

  bool Init(u32 most) { return Reserve(list, most + 1); }
};

// What one port did not carry of a flow, as far as that port shows. What comes there later was overtaken or sent again, and the
// hole it fills tells of no other port.
struct OwnHoles {
  u32 open;
  u32 forgotten;  // that made room for others
  struct { u32 from, to; } hole[kOwnHoles];  // oldest first

  void Begin(const Loss& loss) {
    for (u32 i = 0; i < loss.openHoles; i++) Miss(loss.hole[i].from, loss.hole[i].to);
    forgotten = loss.forgotten;
  }

  void Miss(u32 from, u32 to) {
    if (open == kOwnHoles) {
      forgotten++;
      Close(0);
    }
    hole[open++] = {from, to};
  }

  // A segment below the expected number. Adds to `octets` what it brought that is known to have been missing; @returns how many
  // holes it closed, as many as can be: where some were forgotten, what fits none that is known is taken for theirs.
  u32 Come(u32 from, u32 to, u64& octets) {
    u32 closed = 0;
    u32 brought = 0;
    for (u32 i = 0; i < open;) {
      const u32 a = SequenceDifference(from, hole[i].from) > 0 ? from : hole[i].from;
      const u32 b = SequenceDifference(to, hole[i].to) < 0 ? to : hole[i].to;
      if (SequenceDifference(b, a) <= 0) {
        i++;
        continue;
      }
      brought += b - a;
      if (a == hole[i].from && b == hole[i].to) {
        closed++;
        Close(i);
        continue;
      }
      // Of a hole that is filled in its middle the rest is one hole still: two would count for two.
      if (b == hole[i].to) hole[i].to = a;
      else hole[i].from = b;
      i++;
    }
    octets += brought;
    if (brought > 0 || forgotten == 0) return closed;
    forgotten--;
    return 1;
  }

 private:
  void Close(u32 at) {
    open--;
    for (u32 i = at; i < open; i++) hole[i] = hole[i + 1];
  }
};
static_assert(sizeof(OwnHoles) == 56, "with what else a port has, two cache lines");

// RFC 4737 by sequence number: a segment that fills a hole came late; one that fills none was seen before.
struct Coverage {
  u64 freshOctets;     // beyond what their own port had shown: how much all ports carried, in whatever order clocks put it
  u64 span;            // highest less lowest sequence number
  u32 seen, low, high;
  u32 arrivals, reordered, extentMax, nReordered3;
  u32 recent[3];       // sequence numbers of the last three data segments
  u16 recentCount;
  u16 forgot;          // a hole was not kept: what fits none that is known may have filled it
  u32 openHoles;
  u32 repeated;        // segments whose octets had all been seen
  u32 holes;           // entry in their pool, 0: none yet

  // From what a row of one port knows: where it began, what it expects, how much it missed.
  void Begin(u32 first, u32 next, u64 missed, u32 segments) {
    seen = 1;
    low = first;
    high = next;
    span = next - first;
    freshOctets = span > missed ? span - missed : 0;
    forgot = missed > 0;  // where the holes are is not known
    arrivals = segments;
  }

  void Count(u32 sequence, u32 payload, HolePool& pool) {
    Cover(sequence, sequence + payload, payload, pool);
    arrivals++;
    recent[2] = recent[1];
    recent[1] = recent[0];
    recent[0] = sequence;
    if (recentCount < 3) recentCount++;
  }

 private:
  // There is room in the pool for each flow that is followed.
  void Miss(const Hole& missed, HolePool& pool) {
    if (holes == 0) holes = ++pool.count;
    if (openHoles < kHolesKept) pool.list[holes].hole[openHoles++] = missed;
    else forgot = 1;
  }

  void Cover(u32 sequence, u32 end, u32 payload, HolePool& pool) {
    if (!seen) {
      seen = 1;
      low = sequence;
      high = end;
      span = payload;
      return;
    }
    const i32 ahead = SequenceDifference(sequence, high);
    if (IsNewConnection(ahead)) {
      low = sequence;
      high = end;
      span += payload;
      openHoles = 0;
      return;
    }
    if (ahead >= 0) {
      if (ahead > 0) Miss({high, sequence, arrivals}, pool);
      span += static_cast<u32>(ahead) + payload;
      high = end;
      return;
    }
    u32 filled = 0;
    u32 oldest = ~0u;
    Hole* hole = pool.list[holes].hole;
    for (u32 i = 0; i < openHoles;) {
      Hole& h = hole[i];
      const u32 from = SequenceDifference(sequence, h.from) > 0 ? sequence : h.from;
      const u32 to = SequenceDifference(end, h.to) < 0 ? end : h.to;
      if (SequenceDifference(to, from) <= 0) {
        i++;
        continue;
      }
      filled += to - from;
      oldest = Min(oldest, h.arrival);
      if (from == h.from && to == h.to) {
        hole[i] = hole[--openHoles];
        continue;
      }
      if (from != h.from && to != h.to) Miss({to, h.to, h.arrival}, pool);
      if (from == h.from) h.from = to;
      else h.to = from;
      i++;
    }
    const i32 before = SequenceDifference(low, sequence);
    if (before > 0) {  // older than all seen
      const u32 octets = Min(static_cast<u32>(before), payload);
      low = sequence;
      span += static_cast<u32>(before);
      filled += octets;
      oldest = Min(oldest, 0);
    }
    const i32 beyond = SequenceDifference(end, high);
    if (beyond > 0) {
      span += static_cast<u32>(beyond);
      high = end;
    }
    if (filled == 0) {
      repeated += beyond <= 0 && payload > 1 && !forgot;  // a single octet is a keep-alive
      return;
    }
    reordered++;
    extentMax = Max(extentMax, arrivals - oldest);
    u32 later = 0;
    while (later < recentCount && SequenceDifference(recent[later], sequence) > 0) later++;
    if (later == 3) nReordered3++;
  }
};
static_assert(sizeof(Coverage) == 72, "layout shared with TypeScript");
