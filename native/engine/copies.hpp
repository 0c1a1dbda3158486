// Which frame was seen before: on another port it is two captures of one frame, not two frames, if something numbers it or the two
// are close enough.
#pragma once

#include "dissect.hpp"
#include "memory.hpp"

constexpr u64 kCopyWindowNs = 50'000'000, kUnnumberedCopyWindowNs = 1'000'000;

// kOtherPort: equal, but so far apart that nothing but a number would make it a copy.
enum class Likeness : u32 { kNone, kCopy, kOwnPort, kOtherPort };

// Frames seen within the last 50 ms by (flow, digest): four to a set, the oldest makes room.
class CopyTable {
 public:
  bool Init() { return Reserve(entries_, kSets * 4); }

  LACPSCOPE_INLINE u32 Touch(u32 flow, u32 digest) const {
    return static_cast<u32>(SetOf(flow, digest)->time);
  }

  void Forget() { __builtin_memset(entries_, 0, kSets * 4 * sizeof(Entry)); }

  // Looks for an equal frame of that flow within the window. A copy is not remembered; all else is.
  LACPSCOPE_INLINE Likeness Seen(u32 flow, u32 digest, u32 port, u64 time, bool numbered) {
    Entry* set = SetOf(flow, digest);
    Entry* oldest = set;
    Likeness like = Likeness::kNone;
    for (u32 i = 0; i < 4; i++) {
      Entry& e = set[i];
      if (e.time < oldest->time) oldest = &e;
      if (e.digest != digest || e.flowAndPort >> kPortBits != flow || time - e.time > kCopyWindowNs) continue;
      if ((e.flowAndPort & ((1 << kPortBits) - 1)) == port) like = Likeness::kOwnPort;
      else if (numbered || time - e.time <= kUnnumberedCopyWindowNs) return Likeness::kCopy;
      else if (like == Likeness::kNone) like = Likeness::kOtherPort;
    }
    *oldest = {time, flow << kPortBits | port, digest};
    return like;
  }

 private:
  struct Entry { u64 time; u32 flowAndPort, digest; };  // a set is a cache line
  static constexpr u32 kSets = 1 << 14, kPortBits = 4;
  static_assert(sizeof(Entry) == 16);

  Entry* SetOf(u32 flow, u32 digest) const { return entries_ + 4 * (Mix(flow * 0x85ebca6bu, digest) % kSets); }

  Entry* entries_;
};
