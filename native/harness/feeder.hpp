// One input as src/engine/lane.ts feeds it to the engine: fills the region portion by portion and reads the rare blocks.
// Written apart from it, for harnesses that have no TypeScript. What is not filled is poisoned.
#pragma once

#include <string.h>

#include "../engine/engine.hpp"
#include "check.hpp"
#include "poison.hpp"

struct Counted {
  u64 frames, octets, slowFrames, slowOctets, skippedFrames, skippedOctets;
};

class Feeder {
 public:
  // A block that did not fit was passed over, so its end was not looked at: where it fits, a wrong one ends the input.
  bool skippedUnseen = false;

  // `portion`: octets a read gives, varied by `seed` if that is not 0.
  Feeder(Engine& engine, u32 number, const u8* bytes, u64 size, u32 portion = kBlock, u32 seed = 0)
      : lane_(engine.lanes[number]), interfaces_(engine.interfaces + number * kInterfaces),
        region_(engine.regions + static_cast<u64>(number) * kRegion), bytes_(bytes), left_(size), number_(number),
        portion_(portion), random_(seed) {}

  // False if these bytes are no capture that is read; then the lane has ended.
  bool Start() {
    lane_.head = lane_.tail = kHeadroom;
    Fence();
    while (lane_.tail - lane_.head < 28 && Fill() > 0);
    lane_.status = kReady;
    if (lane_.tail - lane_.head >= 4 && LoadLe32(region_ + lane_.head) == kSection) {
      lane_.format = kPcapng;
      return true;
    }
    if (lane_.tail - lane_.head >= 24 && StartPcap()) return true;
    lane_.status = kEnded;
    return false;
  }

  void Answer(u32 status) {
    CHECK(lane_.head <= lane_.tail && lane_.tail <= kRegion);
    if (status == kWantBytes) Refill();
    else if (status == kRareBlock) ReadRareBlock();
    else lane_.status = kEnded;
  }

  // What the engine counted by interface, all sections together.
  Counted Harvest() {
    for (u32 i = 0; i < lane_.interfaceCount; i++) {
      Interface& it = interfaces_[i];
      counted_.frames += it.frames;
      counted_.octets += it.octets;
      counted_.slowFrames += it.slowFrames;
      counted_.slowOctets += it.slowOctets;
      if (it.skip) {
        counted_.skippedFrames += it.frames;
        counted_.skippedOctets += it.octets;
      }
      memset(static_cast<void*>(&it), 0, sizeof it);
    }
    lane_.interfaceCount = 0;
    return counted_;
  }

 private:
  static constexpr u32 kSection = 0x0a0d0d0a, kInterfaceDescription = 1, kInterfaceStatistics = 5;
  Lane& lane_;
  Interface* interfaces_;
  u8* region_;
  const u8* bytes_;
  u64 left_;
  u32 number_;
  u32 portion_;
  u32 random_;
  u64 skip_ = 0;  // octets of an unknown block still to come
  Counted counted_ = {};

  void Fence() {
    ASAN_POISON_MEMORY_REGION(region_, kRegion);
    ASAN_UNPOISON_MEMORY_REGION(region_ + lane_.head, lane_.tail - lane_.head);
  }

  u32 Portion() {
    if (random_ == 0) return portion_;
    random_ = random_ * 1664525u + 1013904223u;
    return 1 + (random_ >> 8) % portion_;
  }

  u32 Fill() {
    const u32 rest = lane_.tail - lane_.head;
    CHECK(rest <= kHeadroom);
    ASAN_UNPOISON_MEMORY_REGION(region_, kRegion);
    memmove(region_ + kHeadroom - rest, region_ + lane_.head, rest);
    lane_.head = kHeadroom - rest;
    const u32 n = Min(Min(Portion(), kBlock), static_cast<u32>(left_ < kBlock ? left_ : kBlock));
    if (n > 0) memcpy(region_ + kHeadroom, bytes_, n);
    bytes_ += n;
    left_ -= n;
    lane_.tail = kHeadroom + n;
    const u32 skipped = static_cast<u32>(skip_ < n ? skip_ : n);
    skip_ -= skipped;
    if (skipped > 0) lane_.head = kHeadroom + skipped;
    Fence();
    return n;
  }

  void Refill() { lane_.status = Fill() > 0 ? kReady : kEnded; }

  bool StartPcap() {
    const u8* head = region_ + lane_.head;
    u32 magic = LoadLe32(head);
    const u32 turned = __builtin_bswap32(magic);
    lane_.swapped = turned == 0xa1b2c3d4 || turned == 0xa1b23c4d || turned == 0xa1b2cd34;
    if (lane_.swapped) magic = turned;
    if (magic != 0xa1b2c3d4 && magic != 0xa1b23c4d && magic != 0xa1b2cd34) return false;
    const u16 major = lane_.swapped ? LoadBe16(head + 4) : LoadLe16(head + 4);
    const u32 linkType = Word(head + 20, lane_.swapped) & 0xffff;
    if (major != 2 || LinkOf(linkType) == kNoLink) return false;
    const u16 minor = lane_.swapped ? LoadBe16(head + 6) : LoadLe16(head + 6);
    lane_.capturedAt = minor < 3 ? 12 : 8;
    lane_.wireAt = minor < 3 ? 8 : 12;
    lane_.mixed = minor == 3;
    lane_.format = kPcap;
    lane_.recordHeader = magic == 0xa1b2cd34 ? 24 : 16;
    Describe(linkType, Word(head + 16, lane_.swapped), magic == 0xa1b23c4d ? 9 : 6, 0);
    lane_.head += 24;
    return true;
  }

  static constexpr u32 kNoLink = 255;

  static u32 LinkOf(u32 linkType) {
    switch (linkType) {
      case 0: case 108: return kLoopback;
      case 1: return kEthernet;
      case 12: case 14: case 101: case 228: case 229: return kRawIp;
      case 113: return kCooked;
      case 276: return kCooked2;
      default: return kNoLink;
    }
  }

  // `resolution`: if_tsresol, a power of ten, or of two with the upper bit set.
  void Describe(u32 linkType, u32 snapLength, u32 resolution, u64 offsetSeconds) {
    Interface& it = interfaces_[lane_.interfaceCount++];
    it.offset = static_cast<i64>(offsetSeconds * 1'000'000'000ull);
    it.snapLength = snapLength;
    it.port = static_cast<u8>((number_ + lane_.interfaceCount - 1) % kPorts);
    it.link = static_cast<u8>(LinkOf(linkType) & 7);
    it.skip = LinkOf(linkType) == kNoLink;
    u32 power = resolution & 0x7f;
    if (resolution & 0x80) {
      it.mode = kPowerOfTwo;
      it.factor = Min(power, 63);
      return;
    }
    it.mode = power <= 9 ? kMultiply : kDivide;
    power = power <= 9 ? 9 - power : Min(power, 28) - 9;
    for (it.factor = 1; power > 0; power--) it.factor *= 10;
  }

  void ReadRareBlock() {
    const u32 available = lane_.tail - lane_.head;
    const u8* at = region_ + lane_.head;
    u32 swapped = lane_.swapped;
    const u32 type = Word(at, swapped);
    if (type == kSection) {
      const u32 magic = LoadBe32(at + 8);
      if (magic != 0x1a2b3c4d && magic != 0x4d3c2b1a) return End();
      swapped = magic == 0x1a2b3c4d;
    }
    const u32 length = Word(at + 4, swapped);
    if (length < (type == kSection ? 28 : 12) || length % 4 != 0) return End();
    const bool wanted = type == kSection || type == kInterfaceDescription || type == kInterfaceStatistics;
    if (!wanted && length > available) {
      skippedUnseen = true;
      skip_ = length - available;
      lane_.head = lane_.tail;
      return Refill();
    }
    if (length > kHeadroom - 12) return End();
    if (length > available) return Refill();
    if (Word(at + length - 4, swapped) != length) return End();
    if (type == kSection) {
      if ((swapped ? LoadBe16(at + 12) : LoadLe16(at + 12)) != 1) return End();
      Harvest();
      lane_.swapped = swapped;
    } else if (type == kInterfaceDescription) {
      if (lane_.interfaceCount >= kInterfaces || length < 20) return End();
      ReadInterface(at, length);
    }
    lane_.head += length;
    lane_.status = kReady;
    Fence();
  }

  void End() { lane_.status = kEnded; }

  void ReadInterface(const u8* at, u32 length) {
    const bool swapped = lane_.swapped != 0;
    const auto half = [swapped](const u8* p) { return static_cast<u32>(swapped ? LoadBe16(p) : LoadLe16(p)); };
    u32 resolution = 6;
    u64 offset = 0;
    for (u32 option = 16; option + 4 <= length - 4;) {
      const u32 code = half(at + option);
      const u32 octets = half(at + option + 2);
      if (code == 0 || option + 4 + octets > length - 4) break;
      if (code == 9 && octets >= 1) resolution = at[option + 4];
      if (code == 14 && octets == 8) {
        offset = LoadLe64(at + option + 4);
        if (swapped) offset = __builtin_bswap64(offset);
      }
      option += 4 + ((octets + 3) & ~3u);
    }
    Describe(half(at + 8), Word(at + 12, swapped), resolution, offset);
  }
};
