// Which frame was seen before on another port: two captures of one frame, not two frames.
#pragma once

#include "dissect.hpp"
#include "memory.hpp"

constexpr u64 kCopyWindowNs = 50'000'000, kUnnumberedCopyWindowNs = 1'000'000;

// Frames seen within the last 50 ms by (flow, digest): four to a set, the oldest makes room.
class CopyTable {
 public:
  bool Init() { return Reserve(entries_, kSets * 4); }

  LACPSCOPE_INLINE u32 Touch(u32 flow, u32 digest) const {
    const Entry* set = SetOf(flow, digest);
    return set[0].flow + set[3].flow;
  }

  void Forget() { __builtin_memset(entries_, 0, kSets * 4 * sizeof(Entry)); }

  // True if an equal frame of that flow came on another port within the window; else remembers this one.
  bool Seen(u32 flow, u32 digest, u32 port, u64 time, bool numbered) {
    Entry* set = SetOf(flow, digest);
    const u64 window = numbered ? kCopyWindowNs : kUnnumberedCopyWindowNs;
    Entry* oldest = set;
    for (u32 i = 0; i < 4; i++) {
      Entry& e = set[i];
      if (e.flow == flow && e.digest == digest && e.port != port && time - e.time <= window) return true;
      if (e.time < oldest->time) oldest = &e;
    }
    *oldest = {time, flow, digest, port, 0};
    return false;
  }

 private:
  struct Entry { u64 time; u32 flow, digest, port, spare; };
  static constexpr u32 kSets = 1 << 14;

  Entry* SetOf(u32 flow, u32 digest) const { return entries_ + 4 * (Mix(flow * 0x85ebca6bu, digest) % kSets); }

  Entry* entries_;
};
