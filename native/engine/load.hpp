// Octets and frames per direction, port and time bucket, and when a port carried no unicast frame.
#pragma once

#include "movers.hpp"
#include "records.hpp"

constexpr u32 kPorts = kPortsMost;
constexpr u32 kBuckets = 1024, kBucketsUsed = 1000;
constexpr u32 kSilences = 4096;
constexpr u64 kSilenceNs = 1'000'000'000;

struct LoadTotal { u64 octets, frames; };
struct Silence { u64 from, to; u32 lane, portAndDirection; };

class Load {
 public:
  u64* octets;        // direction, port, bucket
  u64* frames;
  LoadTotal totals[2 * kPorts];  // direction, port
  u64 start = 0;      // time of the earliest frame that is counted
  bool started = false;
  u64 width = 100'000'000;
  u32 used = 0;
  Silence* silences;
  u32 silenceCount = 0;
  u64* lastUnicast;   // per lane, port and direction; 0: none yet

  bool Init() {
    return Reserve(octets, 2 * kPorts * kBuckets) && Reserve(frames, 2 * kPorts * kBuckets) && Reserve(silences, kSilences) &&
           Reserve(lastUnicast, kLanes * kPorts * 2);
  }

  void StartAt(u64 time) {
    start = time;
    started = true;
  }

  // Adds up the buckets, for who looks on while frames come.
  void Total() {
    for (u32 strip = 0; strip < 2 * kPorts; strip++) {
      LoadTotal& total = totals[strip] = {};
      for (u32 bucket = 0; bucket < used; bucket++) {
        total.octets += octets[strip * kBuckets + bucket];
        total.frames += frames[strip * kBuckets + bucket];
      }
    }
  }

  void ForgetSilences(u64 before) {
    u32 kept = 0;
    for (u32 i = 0; i < silenceCount; i++) if (silences[i].to >= before) silences[kept++] = silences[i];
    silenceCount = kept;
  }

  LACPSCOPE_INLINE void Count(u32 lane, const Descriptor& d, u32 direction) {
    Cursor& cursor = cursors_[lane];
    if (d.time < cursor.from || d.time >= cursor.to) Seek(cursor, d.time);
    const u32 at = (direction * kPorts + d.port) * kBuckets + cursor.bucket;
    octets[at] += d.wire;
    frames[at]++;
    if (d.flags & kGroup) return;
    u64& last = lastUnicast[(lane * kPorts + d.port) * 2 + direction];
    if (d.time > last + kSilenceNs) KeepSilence(lane, d, direction, last);
    last = d.time;
  }

 private:
  struct Cursor { u64 from, to; u32 bucket, spare; };  // the bucket a lane is in
  Cursor cursors_[kLanes] = {};

  LACPSCOPE_NOINLINE void KeepSilence(u32 lane, const Descriptor& d, u32 direction, u64 last) {
    if (silenceCount < kSilences && (last != 0 || d.time > start + kSilenceNs)) {
      silences[silenceCount++] = {last != 0 ? last : start, d.time, lane, d.port * 2 + direction};
    }
  }

  LACPSCOPE_NOINLINE void Seek(Cursor& cursor, u64 time) {
    const u64 since = time > start ? time - start : 0;
    while (since / width >= kBucketsUsed) Widen(since);
    cursor.bucket = static_cast<u32>(since / width);
    if (cursor.bucket >= used) used = cursor.bucket + 1;
    cursor.from = time < start ? 0 : start + cursor.bucket * width;
    cursor.to = start + (cursor.bucket + 1) * width;
  }

  // Doubles the width until `since` fits, in one go: a jump of years is one rescale.
  void Widen(u64 since) {
    u32 shift = 0;
    while ((since / width >> shift) >= kBucketsUsed) shift++;
    for (u32 strip = 0; strip < 2 * kPorts; strip++) {
      u64* o = octets + strip * kBuckets;
      u64* f = frames + strip * kBuckets;
      for (u32 i = 0; i < used; i++) {
        const u32 to = shift < 32 ? i >> shift : 0;
        const u64 oct = o[i], fra = f[i];
        o[i] = f[i] = 0;
        o[to] += oct;
        f[to] += fra;
      }
    }
    used = used == 0 ? 0 : ((used - 1) >> shift) + 1;
    width <<= shift;
    for (Cursor& cursor : cursors_) cursor.from = cursor.to = 0;
  }
};
