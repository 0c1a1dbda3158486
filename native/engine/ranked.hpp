// The first flows in some order, ties in their own.
#pragma once

#include "bytes.hpp"

struct Ranked {
  u64 rank;
  u32 row;

  bool operator<(const Ranked& other) const { return rank < other.rank || (rank == other.rank && row < other.row); }
};
static_assert(sizeof(Ranked) == 16, "layout shared with TypeScript");

// Of all that pass by the last of those kept has to go: a heap with that one on top.
class FirstRanked {
 public:
  u32 count = 0;

  constexpr FirstRanked(Ranked* room, u32 most) : kept_(room), most_(most) {}

  // False where an offer of this rank changes nothing.
  LACPSCOPE_INLINE bool Takes(Ranked one) const { return count < most_ || (most_ > 0 && one < kept_[0]); }

  LACPSCOPE_NOINLINE void Offer(Ranked one) {
    if (!Takes(one)) return;
    if (count < most_) {
      kept_[count++] = one;
      if (count == most_) for (u32 i = count / 2; i-- > 0;) Sink(i);
    } else {
      kept_[0] = one;
      Sink(0);
    }
  }

 private:
  Ranked* kept_;
  u32 most_;

  void Sink(u32 at) {
    for (;;) {
      u32 child = 2 * at + 1;
      if (child >= count) return;
      if (child + 1 < count && kept_[child] < kept_[child + 1]) child++;
      if (!(kept_[at] < kept_[child])) return;
      const Ranked other = kept_[at];
      kept_[at] = kept_[child];
      kept_[child] = other;
      at = child;
    }
  }
};
