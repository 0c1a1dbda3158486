// Pairs of MAC addresses. A capture of a million flows has some thousands of them, so flows name theirs by a number.
#pragma once

#include "digest.hpp"
#include "memory.hpp"

constexpr u32 kMaxRowBits = 24;

// Words 0 to 2 of a flow key: to whom and from whom.
struct Stations {
  u32 word[3];

  LACPSCOPE_INLINE bool operator==(const Stations& other) const {
    return word[0] == other.word[0] && word[1] == other.word[1] && word[2] == other.word[2];
  }
};
static_assert(sizeof(Stations) == 12, "layout shared with TypeScript");

class StationTable {
 public:
  Stations* list;
  u32 count = 0;  // entry 0 is none

  bool Init(u32 most, const DigestKeys& keys) {
    keys_ = &keys;
    slots_ = kFewest;
    while (slots_ < 2ull * (most + 1)) slots_ *= 2;
    mask_ = kFewest - 1;
    return Reserve(list, most + 1) && Reserve(index_, slots_);
  }

  // There are no more of them than flows, so there is room.
  u32 FindOrAdd(const Stations& stations) {
    u32 at = Home(stations);
    for (; index_[at] != 0; at = (at + 1) & mask_) if (list[index_[at]] == stations) return index_[at];
    list[++count] = stations;
    index_[at] = count;
    if (2 * count > mask_ && mask_ + 1ull < slots_) {
      mask_ = 2 * mask_ + 1;
      PlaceAll();
    }
    return count;
  }

  void PlaceAll() {
    for (u32 at = 0; at <= mask_; at++) index_[at] = 0;
    for (u32 entry = 1; entry <= count; entry++) {
      u32 at = Home(list[entry]);
      while (index_[at] != 0) at = (at + 1) & mask_;
      index_[at] = entry;
    }
  }

 private:
  static constexpr u32 kFewest = 1024;

  const DigestKeys* keys_;
  u32* index_;
  u32 mask_;
  u64 slots_;  // at most

  // Keyed, so that nobody can aim at a chain.
  u32 Home(const Stations& stations) const {
    const u32 words[] = {stations.word[0], stations.word[1], stations.word[2], 0};
    return static_cast<u32>(Halves(0, HalfSum(keys_->second, words, 4))) & mask_;
  }
};
