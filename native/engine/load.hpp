// Octets and frames per direction, port and time bucket, and when a port carried no unicast frame.
#pragma once

#include "movers.hpp"
#include "records.hpp"

constexpr u32 kPorts = kPortsMost;
constexpr u32 kBuckets = 1024, kBucketsUsed = 1000;
constexpr u32 kSilences = 4096;
constexpr u64 kSilenceNs = 1'000'000'000;
constexpr u64 kStretchNs = 800'000'000;

struct LoadTotal { u64 octets, frames; };
// The most of any stretch of the series' time, each by itself. Known where one lane has all frames of the port and direction.
struct Busiest { u64 octets, frames, lanes; };
static_assert(sizeof(Busiest) == 24, "layout shared with TypeScript");
struct Silence { u64 from, to; u32 lane, portAndDirection; };

class Load {
 public:
  u64* octets;        // direction, port, bucket
  u64* frames;
  LoadTotal totals[2 * kPorts];  // direction, port
  Busiest busiest[2 * kPorts];   // by the same, where buckets are wider than a stretch
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

  void Finish() {
    for (u32 lane = 0; lane < kLanes; lane++) {
      Leave(lane);
      Close(cursors_[lane]);
    }
    for (u32 strip = 0; strip < 2 * kPorts; strip++) {
      busiest[strip].lanes = 0;
      for (u32 lane = 0; lane < kLanes; lane++) busiest[strip].lanes += Carries(lane, strip);
    }
  }

  void ForgetSilences(u64 before) {
    u32 kept = 0;
    for (u32 i = 0; i < silenceCount; i++) if (silences[i].to >= before) silences[kept++] = silences[i];
    silenceCount = kept;
  }

  // Whether a unicast frame is in the bucket that its lane is in, and no silence before it.
  LACPSCOPE_INLINE bool IsUsual(u32 lane, const Descriptor& d, u32 direction) const {
    const Cursor& cursor = cursors_[lane];
    return d.time >= cursor.from && d.time < cursor.to && d.time <= LastUnicast(lane, d.port, direction) + kSilenceNs;
  }

  // Such a frame.
  LACPSCOPE_INLINE void Add(u32 lane, const Descriptor& d, u32 direction) {
    AddToBucket(lane, d, direction);
    LastUnicast(lane, d.port, direction) = d.time;
  }

  void Count(u32 lane, const Descriptor& d, u32 direction) {
    const Cursor& cursor = cursors_[lane];
    if (d.time < cursor.from || d.time >= cursor.to) Seek(lane, d.time);
    AddToBucket(lane, d, direction);
    if (d.flags & kGroup) return;
    u64& last = LastUnicast(lane, d.port, direction);
    if (d.time > last + kSilenceNs) KeepSilence(lane, d, direction, last);
    last = d.time;
  }

 private:
  // The bucket a lane is in. Where buckets are wider than a stretch, the stretch within it, what was in the bucket when the lane came
  // there, and what of the stretch was counted before: so the busiest stretch costs nothing where frames are counted.
  struct Cursor {
    u64 from, to;
    u32 bucket, isInside;
    u64 stretch;
    LoadTotal entered[2 * kPorts], counted[2 * kPorts];
  };
  Cursor cursors_[kLanes] = {};

  LACPSCOPE_INLINE u64& LastUnicast(u32 lane, u32 port, u32 direction) const {
    return lastUnicast[lane * (2 * kPorts) + port * 2 + direction];
  }

  LACPSCOPE_INLINE void AddToBucket(u32 lane, const Descriptor& d, u32 direction) {
    const u32 at = (direction * kPorts + d.port) * kBuckets + cursors_[lane].bucket;
    octets[at] += d.wire;
    frames[at]++;
  }

  LACPSCOPE_NOINLINE void KeepSilence(u32 lane, const Descriptor& d, u32 direction, u64 last) {
    if (silenceCount < kSilences && (last != 0 || d.time > start + kSilenceNs)) {
      silences[silenceCount++] = {last != 0 ? last : start, d.time, lane, d.port * 2 + direction};
    }
  }

  bool Carries(u32 lane, u32 strip) const { return LastUnicast(lane, strip % kPorts, strip / kPorts) != 0; }

  LACPSCOPE_NOINLINE void Enter(u32 lane, u64 since) {
    Cursor& cursor = cursors_[lane];
    const u64 stretch = since / kStretchNs;
    if (stretch != cursor.stretch) Close(cursor);
    cursor.stretch = stretch;
    cursor.isInside = 1;
    const u64 end = start + (stretch + 1) * kStretchNs;
    if (end < cursor.to) cursor.to = end;
    const u64 begin = start + stretch * kStretchNs;
    if (cursor.from != 0 && begin > cursor.from) cursor.from = begin;
    for (u32 strip = 0; strip < 2 * kPorts; strip++) {
      cursor.entered[strip] = {octets[strip * kBuckets + cursor.bucket], frames[strip * kBuckets + cursor.bucket]};
    }
  }

  void Leave(u32 lane) {
    Cursor& cursor = cursors_[lane];
    if (!cursor.isInside) return;
    cursor.isInside = 0;
    for (u32 strip = 0; strip < 2 * kPorts; strip++) {
      if (!Carries(lane, strip)) continue;
      cursor.counted[strip].octets += octets[strip * kBuckets + cursor.bucket] - cursor.entered[strip].octets;
      cursor.counted[strip].frames += frames[strip * kBuckets + cursor.bucket] - cursor.entered[strip].frames;
    }
  }

  void Close(Cursor& cursor) {
    for (u32 strip = 0; strip < 2 * kPorts; strip++) {
      Keep(strip, cursor.counted[strip].octets, cursor.counted[strip].frames);
      cursor.counted[strip] = {};
    }
  }

  void Keep(u32 strip, u64 octetsOf, u64 framesOf) {
    if (octetsOf > busiest[strip].octets) busiest[strip].octets = octetsOf;
    if (framesOf > busiest[strip].frames) busiest[strip].frames = framesOf;
  }

  // Once, before buckets become wider than a stretch: from here on lanes count them. The last one goes on.
  void KeepStretches() {
    const u32 wide = static_cast<u32>(kStretchNs / width);
    for (u32 strip = 0; strip < 2 * kPorts; strip++) {
      for (u32 from = 0; from < used; from += wide) {
        LoadTotal sum = {};
        for (u32 i = from; i < Min(from + wide, used); i++) {
          sum.octets += octets[strip * kBuckets + i];
          sum.frames += frames[strip * kBuckets + i];
        }
        Keep(strip, sum.octets, sum.frames);
        if (from + wide < used) continue;
        for (u32 lane = 0; lane < kLanes; lane++) {
          cursors_[lane].stretch = from / wide;
          if (Carries(lane, strip)) cursors_[lane].counted[strip] = sum;
        }
      }
    }
  }

  LACPSCOPE_NOINLINE void Seek(u32 lane, u64 time) {
    Cursor& cursor = cursors_[lane];
    const u64 since = time > start ? time - start : 0;
    Leave(lane);
    while (since / width >= kBucketsUsed) Widen(since);
    cursor.bucket = static_cast<u32>(since / width);
    if (cursor.bucket >= used) used = cursor.bucket + 1;
    cursor.from = time < start ? 0 : start + cursor.bucket * width;
    cursor.to = start + (cursor.bucket + 1) * width;
    if (width > kStretchNs) Enter(lane, since);
  }

  // Doubles the width until `since` fits, in one go: a jump of years is one rescale.
  void Widen(u64 since) {
    u32 shift = 0;
    while ((since / width >> shift) >= kBucketsUsed) shift++;
    for (u32 lane = 0; lane < kLanes; lane++) Leave(lane);
    if (width <= kStretchNs && width << shift > kStretchNs) KeepStretches();
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
