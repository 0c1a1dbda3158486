// Where the records of a capture begin, by its container alone and up to the first damage. For harnesses: which cuts are worth
// a try, and which bytes are frames.
#pragma once

#include <vector>

#include "../engine/records.hpp"

struct FramePlace { u64 at; u32 captured, wire; };

struct Walk {
  std::vector<u64> edges;  // of records or blocks; the first is where the first packet begins
  std::vector<FramePlace> frames;
};

inline bool IsPcapMagic(u32 magic) { return magic == 0xa1b2c3d4 || magic == 0xa1b23c4d || magic == 0xa1b2cd34; }

inline Walk WalkPcap(const u8* bytes, u64 size) {
  Walk walk;
  const u32 swapped = IsPcapMagic(LoadBe32(bytes));
  const u32 header = (swapped ? LoadBe32(bytes) : LoadLe32(bytes)) == 0xa1b2cd34 ? 24 : 16;
  u64 at = 24;
  for (; at + header <= size; ) {
    const u32 captured = Word(bytes + at + 8, swapped);
    const u32 wire = Word(bytes + at + 12, swapped);
    if (captured > kLargestRecord || at + header + captured > size) break;
    walk.edges.push_back(at);
    walk.frames.push_back({at + header, captured, Max(wire, captured)});
    at += header + captured;
  }
  walk.edges.push_back(at);
  return walk;
}

inline Walk WalkPcapng(const u8* bytes, u64 size) {
  Walk walk;
  u32 swapped = 0;
  u64 at = 0;
  bool packets = false;
  for (; at + 12 <= size;) {
    const u32 type = LoadLe32(bytes + at);
    if (type == 0x0a0d0d0a) swapped = LoadBe32(bytes + at + 8) == 0x1a2b3c4d;
    const u32 kind = Word(bytes + at, swapped);
    const u32 length = Word(bytes + at + 4, swapped);
    if (length < 12 || length % 4 != 0 || at + length > size) break;
    const bool stamped = (kind == 6 || kind == 2) && length >= 32;
    packets |= stamped || kind == 3;
    if (packets) walk.edges.push_back(at);
    if (stamped) {
      const u32 captured = Word(bytes + at + 20, swapped);
      if (captured <= length - 32) walk.frames.push_back({at + 28, captured, Max(Word(bytes + at + 24, swapped), captured)});
    } else if (kind == 3 && length >= 16) {
      const u32 wire = Word(bytes + at + 8, swapped);
      walk.frames.push_back({at + 12, Min(wire, length - 16), wire});
    }
    at += length;
  }
  walk.edges.push_back(at);
  return walk;
}

// Nothing, if it is no capture.
inline Walk WalkCapture(const u8* bytes, u64 size) {
  if (size >= 24 && (IsPcapMagic(LoadLe32(bytes)) || IsPcapMagic(LoadBe32(bytes)))) return WalkPcap(bytes, size);
  if (size >= 28 && LoadLe32(bytes) == 0x0a0d0d0a) return WalkPcapng(bytes, size);
  return {};
}
