// Memory for an engine under a sanitizer: every area lies between poisoned bytes, so that a step over its edge is seen, and
// taking all of it back costs as much as was touched.
#pragma once

#include <stdlib.h>
#include <sys/mman.h>

#include "../engine/memory.hpp"
#include "poison.hpp"

class Blocks {
 public:
  static Blocks* current;  // whose engine is being laid out

  Blocks() {
    void* mapped = mmap(nullptr, kMost, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) abort();
    start_ = static_cast<u8*>(mapped);
    ASAN_POISON_MEMORY_REGION(start_, kMost);
  }

  u8* Reserve(u64 bytes) {
    const u64 at = used_ + kFence;
    if (at + bytes + kFence > kMost) return nullptr;
    used_ = (at + bytes + kFence - 1) / kFence * kFence;
    // The same areas in the same order after a rewind: then there is nothing left to fence.
    if (used_ > fenced_) {
      fenced_ = used_;
      ASAN_UNPOISON_MEMORY_REGION(start_ + at, bytes);
    }
    return start_ + at;
  }

  // Zeroes and takes back everything.
  void Rewind() {
    madvise(start_, used_, MADV_DONTNEED);
    used_ = 0;
  }

 private:
  static constexpr u64 kFence = 4096, kMost = 1ull << 30;
  u8* start_;
  u64 used_ = 0, fenced_ = 0;
};

Blocks* Blocks::current = nullptr;

u8* ReserveBytes(u64 bytes) { return Blocks::current->Reserve(bytes); }
