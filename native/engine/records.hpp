// Framing of capture records in the bytes of one input (a lane). Only packet records are known here: classic pcap, and the
// packet blocks of pcapng (EPB, SPB, the obsolete PB). Whatever is rare stops the lane, and TypeScript reads it.
// Layouts: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng.
#pragma once

#include "memory.hpp"
#include "parsed.hpp"

constexpr u32 kLanes = 32;
constexpr u32 kHeadroom = 264 * 1024, kBlock = 256 * 1024, kRegion = kHeadroom + kBlock;
constexpr u32 kLargestRecord = 256 * 1024;
constexpr u32 kInterfaces = 256;

enum Status : u32 { kReady = 0, kWantBytes = 1, kRareBlock = 2, kDamaged = 3, kControlFull = 4, kEnded = 5, kNewInterface = 6 };
enum Format : u32 { kPcap = 0, kPcapng = 1 };
enum TimeMode : u32 { kMultiply = 0, kDivide = 1, kPowerOfTwo = 2 };

// One interface of a pcapng, or the whole of a classic pcap: the member port its frames belong to, and what was counted.
struct Interface {
  u64 octets;
  u64 capturedOctets;
  u64 firstTime;  // as recorded, earliest and latest
  u64 lastTime;
  i64 offset;     // nanoseconds to add
  u64 factor;     // kMultiply, kDivide: by this; kPowerOfTwo: fraction bits
  u32 frames;
  u32 snapLength; // 0: no limit
  u32 backwards;
  u32 slowFrames;
  u64 slowOctets;
  u8 mode;
  u8 port;
  u8 skip;        // 1: frames are counted but not read (link type)
  u8 link;        // Link
  u8 splits;      // 1: a capture of all interfaces, whose frames say which one they are of
  u8 spare;
  u16 child;      // the first of those interfaces, by number in this table; 0: none yet
  u16 sibling;    // the next one
  u16 spareWord;
  u32 linkIndex;  // what the operating system numbers it
};
static_assert(sizeof(Interface) == 88, "layout shared with TypeScript");

struct Lane {
  u32 head, tail;    // unread bytes of the region
  u32 status;
  u32 format;
  u32 swapped;
  u32 recordHeader;  // classic pcap: 16, or 24 in the variant of patched kernels
  u32 frames;        // frame number of the last record, from 1, over all interfaces
  u32 interfaceCount;
  u64 lastTime;      // of the last record, never less than one before or than what was promised
  u32 started;       // 1 once a record was framed
  u32 damage;        // reason, see Damage
  u32 capturedAt;    // where a classic record header has the captured length, and where that on the wire: old versions
  u32 wireAt;        // have them the other way round,
  u32 mixed;         // 1: or either way; the longer is that on the wire
  u32 parent;        // kNewInterface: of which interface, and
  u32 linkIndex;     // which index
  u32 spare;
  u64 firstTime;     // of the first record
};
static_assert(sizeof(Lane) == 80, "layout shared with TypeScript");

enum Damage : u32 {
  kNoDamage = 0,
  kRecordTooLong = 1,
  kBlockLength = 2,
  kBlockTrailer = 3,
  kUnknownInterface = 4,
  kPacketOverBlock = 5,
  kAnotherCapture = 6,
};

struct Record {
  const u8* frame;
  u32 captured;
  u32 wire;
  u64 time;
  Interface* interface;
  u32 octets;  // of the whole record: how far to advance
  u32 told;    // Told
};

LACPSCOPE_INLINE u32 Word(const u8* p, u32 swapped) {
  const u32 v = LoadLe32(p);
  return swapped ? __builtin_bswap32(v) : v;
}

inline u64 Nanoseconds(u64 ticks, const Interface& interface) {
  u64 ns;
  if (interface.mode == kMultiply) {
    ns = ticks * interface.factor;
  } else if (interface.mode == kDivide) {
    ns = ticks / interface.factor;
  } else {
    const u64 bits = interface.factor;  // at most 63
    const u64 seconds = bits == 0 ? ticks : ticks >> bits;
    u64 fraction = bits == 0 ? 0 : ticks & ((1ull << bits) - 1);
    const u64 kept = bits > 32 ? 32 : bits;
    if (bits > 32) fraction >>= bits - 32;  // a product of 64 bits holds 32 of them and a second of nanoseconds
    ns = seconds * 1'000'000'000ull + (fraction * 1'000'000'000ull >> kept);
  }
  return ns + static_cast<u64>(interface.offset);
}

// A cooked capture of all interfaces (LINUX_SLL2) is as many member ports: frames carry the index of theirs.
inline Status ToChild(Lane& lane, Interface* interfaces, Record& record) {
  if (record.captured < 8) return kReady;  // counted for the whole
  const u32 index = LoadBe32(record.frame + 4);
  for (u32 child = record.interface->child; child != 0; child = interfaces[child].sibling) {
    if (interfaces[child].linkIndex != index) continue;
    record.interface = interfaces + child;
    return kReady;
  }
  lane.parent = static_cast<u32>(record.interface - interfaces);
  lane.linkIndex = index;
  return kNewInterface;
}

// The header of a file where a record is expected: of two captures put one behind the other. Read as a record that would be an empty one
// of 2055 or 2083. The magic numbers of both byte orders, of micro- and nanoseconds; no time zone, no accuracy of time stamps.
LACPSCOPE_INLINE bool BeginsCapture(const u8* at) {
  const u32 magic = LoadLe32(at);
  const bool isMagic = magic == 0xa1b2c3d4 || magic == 0xa1b23c4d || magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
  return isMagic && LoadLe32(at + 8) == 0 && LoadLe32(at + 12) == 0;
}

// Why a record of that length, which is 0 or too long, ends the lane, if it does.
LACPSCOPE_INLINE Damage WrongLength(const u8* at, u32 captured) {
  return captured != 0 ? kRecordTooLong : BeginsCapture(at) ? kAnotherCapture : kNoDamage;
}

LACPSCOPE_INLINE Status FramePcap(Lane& lane, Interface* interfaces, const u8* region, Record& record) {
  const u32 available = lane.tail - lane.head;
  if (available < lane.recordHeader) return kWantBytes;
  const u8* at = region + lane.head;
  u32 captured = Word(at + lane.capturedAt, lane.swapped);
  u32 wire = Word(at + lane.wireAt, lane.swapped);
  if (captured > wire) {
    const u32 longer = captured;
    if (lane.mixed) captured = wire;
    wire = longer;
  }
  if (captured - 1 >= kLargestRecord) {
    lane.damage = WrongLength(at, captured);
    if (lane.damage != kNoDamage) return kDamaged;
  }
  if (available - lane.recordHeader < captured) return kWantBytes;
  Interface& interface = interfaces[0];
  record.frame = at + lane.recordHeader;
  record.captured = captured;
  record.wire = wire;
  record.time = Word(at, lane.swapped) * 1'000'000'000ull + Word(at + 4, lane.swapped) * interface.factor;
  record.interface = &interface;
  record.octets = lane.recordHeader + captured;
  record.told = kNotTold;
  return interface.splits ? ToChild(lane, interfaces, record) : kReady;
}

// The direction bits of the flags option (epb_flags, and pack_flags of the old block: the same code and bits).
inline u32 ToldByOptions(const u8* at, const u8* end, u32 swapped) {
  constexpr u32 kFlags = 2, kMostOptions = 64;
  for (u32 option = 0; option < kMostOptions && end - at >= 8; option++) {
    const u32 code = swapped ? LoadBe16(at) : LoadLe16(at);
    const u32 length = swapped ? LoadBe16(at + 2) : LoadLe16(at + 2);
    if (code == kFlags && length == 4) {
      const u32 direction = Word(at + 4, swapped) & 3;
      return direction == 1 ? kToldIngress : direction == 2 ? kToldEgress : kNotTold;
    }
    const u32 octets = 4 + ((length + 3) & ~3u);
    if (code == 0 || static_cast<u32>(end - at) < octets) break;
    at += octets;
  }
  return kNotTold;
}

inline Status FramePcapng(Lane& lane, Interface* interfaces, const u8* region, Record& record) {
  constexpr u32 kPacket = 2, kSimple = 3, kEnhanced = 6;
  const u32 available = lane.tail - lane.head;
  if (available < 12) return kWantBytes;
  const u8* at = region + lane.head;
  const u32 type = Word(at, lane.swapped);
  if (type != kEnhanced && type != kSimple && type != kPacket) return kRareBlock;
  const u32 length = Word(at + 4, lane.swapped);
  const u32 fixed = type == kSimple ? 12 : 28;
  if (length > kLargestRecord) {
    lane.damage = kRecordTooLong;
    return kDamaged;
  }
  if (length < fixed + 4 || (length & 3) != 0) {
    lane.damage = kBlockLength;
    return kDamaged;
  }
  if (available < length) return kWantBytes;
  if (Word(at + length - 4, lane.swapped) != length) {
    lane.damage = kBlockTrailer;
    return kDamaged;
  }
  u32 number = 0;
  if (type == kEnhanced) number = Word(at + 8, lane.swapped);
  else if (type == kPacket) number = lane.swapped ? LoadBe16(at + 8) : LoadLe16(at + 8);
  if (number >= lane.interfaceCount) {
    lane.damage = kUnknownInterface;
    return kDamaged;
  }
  Interface& interface = interfaces[number];
  const u32 wire = Word(at + (type == kSimple ? 8 : 24), lane.swapped);
  u32 captured;
  if (type == kSimple) {
    captured = Min(wire, length - 16);
    if (interface.snapLength != 0) captured = Min(captured, interface.snapLength);
    record.time = lane.lastTime;  // it has none
  } else {
    captured = Word(at + 20, lane.swapped);
    if (captured > length - 32) {
      lane.damage = kPacketOverBlock;
      return kDamaged;
    }
    record.time = Nanoseconds(static_cast<u64>(Word(at + 12, lane.swapped)) << 32 | Word(at + 16, lane.swapped), interface);
  }
  const u32 used = fixed + ((captured + 3) & ~3u);
  record.told = type != kSimple && length > used + 4 ? ToldByOptions(at + used, at + length - 4, lane.swapped) : kNotTold;
  record.frame = at + fixed;
  record.captured = captured;
  record.wire = Max(wire, captured);
  record.interface = &interface;
  record.octets = length;
  return interface.splits ? ToChild(lane, interfaces, record) : kReady;
}
