// Times between frames of a flow, by decade.
#pragma once

#include "bytes.hpp"

constexpr u32 kGapBins = 7;  // up to 10 us, 100 us, 1 ms, 10 ms, 100 ms, 1 s, longer

// Of gaps of so many bits: the bin of the shortest, and the gap beyond which it is the next one.
struct GapBinTable {
  u64 limit[64];
  u8 bin[64];

  constexpr GapBinTable() : limit(), bin() {
    u64 border = 10'000;
    u32 below = 0;
    for (u32 bits = 0; bits < 64; bits++) {
      while (below < kGapBins - 1 && border < 1ull << bits) {
        border *= 10;
        below++;
      }
      bin[bits] = static_cast<u8>(below);
      limit[bits] = below < kGapBins - 1 ? border : ~0ull;
    }
  }
};
constexpr GapBinTable kGapBinTable;

// Without a branch: which bin comes next nobody foretells.
LACPSCOPE_INLINE u32 GapBin(u64 gap) {
  const u32 bits = 63 - static_cast<u32>(__builtin_clzll(gap | 1));
  return kGapBinTable.bin[bits] + (gap > kGapBinTable.limit[bits]);
}
