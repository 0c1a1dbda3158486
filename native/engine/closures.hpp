// Receivers that closed their window (RFC 9293 3.8.6): counted in the flow of their acknowledgements, for the flow of the data. Only
// flows with a window of 0 have an entry.
#pragma once

#include "memory.hpp"

constexpr u32 kClosuresMost = 1 << 16;

struct Closure {
  u64 since;    // of the present one; 0: open
  u64 closed;   // ns, of closures whose end was seen
  u32 row;      // of the acknowledgements
  u32 data;     // row of the data, known when the pass is over; 0: there is none
  u32 frames;   // with a window of 0
  u32 times;
  u32 advances; // Row.pairs when it was last said
  u32 spare;

  void Say(u64 time, u32 atAdvances) {
    frames++;
    // More was acknowledged meanwhile: it had been opened, and nobody knows when.
    if (since == 0 || advances != atAdvances) {
      since = time;
      times++;
    }
    advances = atAdvances;
  }

  // An equal acknowledgement with room: the update that ends it.
  void Open(u64 time, u32 atAdvances) {
    if (since != 0 && advances == atAdvances) closed += time - since;
    since = 0;
  }
};
static_assert(sizeof(Closure) == 40, "layout shared with TypeScript");

class ClosureTable {
 public:
  Closure* list;  // from 1 on
  u32 count = 0;

  bool Init() { return Reserve(list, kClosuresMost + 1); }

  // @returns the entry of a flow that has none yet; 0 where there is no room
  u32 Begin(u32 row) {
    if (count == kClosuresMost) return 0;
    list[++count].row = row;
    return count;
  }
};
