// The flow table: dense rows of one cache line, found through a small index by their 64-bit digest; what is needed only
// at insertion or rarely lives in a second area of the same order. Rows never move.
#pragma once

#include "closures.hpp"
#include "dissect.hpp"
#include "gap_bins.hpp"
#include "losses.hpp"
#include "memory.hpp"
#include "parts.hpp"
#include "stations.hpp"

// state: bits 0-3 port, 4 egress, 5-9 lane, 10 ordered, 11 an excerpt is taken, 12-31 row of the mover table (0: none)
constexpr u32 kEgressBit = 1u << 4, kLaneShift = 5, kOrderedBit = 1u << 10, kExcerptBit = 1u << 11, kMoverShift = 12;
constexpr u32 kHomeMask = 15 | 31u << kLaneShift;  // port and lane
constexpr u32 kNoRoom = (1u << 20) - 1;  // in place of a mover row: on several ports, but not followed

// In Row.pairs of a TCP flow that sent no payload so far.
constexpr u32 kNoDataYet = 1u << 31;

struct Row {
  u64 digest;
  u64 lastTime;
  u64 octets;
  u32 frames;        // whole frames; fragments are counted in Cold
  u32 state;
  u32 nextSequence;  // kNoDataYet: the highest acknowledgement number
  u32 pairs;         // kNoDataYet: how often it advanced
  u32 gaps[kGapBins - 1];  // the first bin is what remains of frames - 1

  u32 port() const { return state & 15; }
  u32 direction() const { return state >> 4 & 1; }
  u32 lane() const { return state >> kLaneShift & 31; }
  u32 mover() const { return state >> kMoverShift; }
};
static_assert(sizeof(Row) == 64, "one cache line");

enum ColdFlag : u32 { kPortsSeen = 1, kInnerSeen = 2, kInnerPortsSeen = 4, kGroupSeen = 8 };

// What a flow has from its first frame.
struct Cold {
  u64 firstTime;
  u32 type;          // words 3 and 4 of the flow key
  u32 ports;
  u32 address[2];    // IPv4: both; IPv6: the entry in the address area, and the flow label
  u32 firstFrame;
  u32 firstSequence;
  u32 firstDigest;
  u32 protocol : 28;           // word 5
  u32 flags : 4;               // ColdFlag
  u32 stations : kMaxRowBits;  // words 0 to 2: entry in their area
  u32 lane : 5;            // of the first frame
  u32 handshake : 2;       // what that was: 1 a SYN, 2 a SYN with ACK
  u32 : 1;
  u32 rare : kMaxRowBits;  // entry in the area of rare counters, 0: none
  u32 scale : 5;           // WindowScale
  u32 told : 2;            // Told
  u32 : 1;

  bool IsSix() const { return (protocol >> 8 & 255) == 6; }

  void Begin(const Parsed& parsed) {
    type = parsed.key[3];
    ports = parsed.key[4];
    protocol = parsed.key[5];
    flags = (parsed.hasPorts ? kPortsSeen : 0) | (parsed.hasInner ? kInnerSeen : 0) |
            (parsed.hasInnerPorts ? kInnerPortsSeen : 0) | (parsed.flags & kGroup ? kGroupSeen : 0);
    scale = parsed.windowScale;
    told = parsed.told;
  }
};
static_assert(sizeof(Cold) == 48, "layout shared with TypeScript");

// What most flows never have. Entry 0 is all zeros: that of flows without one.
struct Rare {
  u32 holes;
  u32 repeats;       // TCP segments with data below the expected number
  u64 holeOctets;
  u32 firstFragments;
  u32 laterFragments;
  u32 truncated;
  u32 framesHigh;    // carries of Row.frames
  u32 extra;         // entry in the area of further key words, 0: none
  u32 loss;          // entry in the area of losses, 0: none
  u32 dupAckRuns;    // of three equal acknowledgements after the first, and more
  u32 run, runOf;    // the present one, and Row.pairs then
  u32 closure;       // entry in the area of closed windows, 0: none
  u32 anew;          // 1: a SYN came, and no data since
  u32 superFrames;
};
static_assert(sizeof(Rare) == 64, "layout shared with TypeScript");

constexpr u32 kLossesMost = 1 << 16;

struct Addresses { u32 word[8]; };
struct Extra { u32 word[kExtraWords]; };

class FlowTable {
 public:
  Row* rows;
  Cold* colds;
  Rare* rares;
  Addresses* addresses;
  Extra* extras;
  StationTable stations;
  u32 count = 0;      // rows in use; row 0 stands for flows that found no room
  u32 addressCount = 0;
  u32 extraCount = 0;
  u32 rareCount = 0;
  Loss* losses;
  ClosureTable closures;
  u32 lossCount = 0;
  u32 lossesRefused = 0;  // flows with a loss for which there was no entry
  u32 capacity = 0;

  bool Init(u32 maxFlows, const DigestKeys& keys) {
    capacity = Min(maxFlows, (1u << kMaxRowBits) - 2);
    slots_ = 1024;
    while (slots_ < 2ull * (capacity + 1)) slots_ *= 2;
    extraCapacity_ = capacity / 4 + 16;
    mask_ = 1024 / 4 - 1;
    return Reserve(rows, capacity + 1) && Reserve(colds, capacity + 1) && Reserve(addresses, capacity + 1) &&
           Reserve(rares, capacity + 1) && Reserve(losses, kLossesMost + 1) && closures.Init() &&
           Reserve(extras, extraCapacity_ + 1) && Reserve(index_, slots_ + Parts::OctetsFor(capacity) / 4) && stations.Init(capacity, keys);
  }

  const Rare& RareIfAny(u32 row) const { return rares[colds[row].rare]; }

  // To be counted in: every flow has at most one, so there is room.
  Rare& RareOf(u32 row) {
    Cold& cold = colds[row];
    if (cold.rare == 0) cold.rare = ++rareCount;
    return rares[cold.rare];
  }

  // Null where there is no more room: then how the flow's holes were filled is not known.
  Loss* LossOf(u32 row) {
    Rare& rare = RareOf(row);
    if (rare.loss == 0) {
      if (lossCount == kLossesMost) {
        lossesRefused += rare.holes + rare.repeats == 1;
        return nullptr;
      }
      rare.loss = ++lossCount;
    }
    return losses + rare.loss;
  }

  const Loss& LossIfAny(u32 row) const { return losses[RareIfAny(row).loss]; }

  u64 FramesOf(u32 row) const {
    const Rare& rare = RareIfAny(row);
    return rows[row].frames + (static_cast<u64>(rare.framesHigh) << 32) + rare.firstFragments + rare.laterFragments;
  }

  const Stations& StationsOf(u32 row) const { return stations.list[colds[row].stations]; }

  // The candidate a probe would look at first; 0 if its home bucket has none. A load whose result is used, so that the
  // misses of a whole batch overlap (wasm has no prefetch). Nor does a branch wait for it: mispredicted, it would let nothing
  // overlap. A slot of this tag less the tag is a row, which is less than any other difference; an empty one is made the greatest.
  LACPSCOPE_INLINE u32 Candidate(u64 digest) const {
    const u32* bucket = index_ + 4 * (static_cast<u32>(digest) & mask_);
    const u32 tag = Tag(digest);
    u32 least = ~0u;
    for (u32 i = 0; i < 4; i++) least = Min(least, (bucket[i] ^ tag) - 1);
    return least < kRowMask ? least + 1 : 0;
  }

  LACPSCOPE_NOINLINE u32 Find(u64 digest) const {
    const u32 row = Candidate(digest);
    if (row != 0 && rows[row].digest == digest) return row;
    // A bucket that is not full sent nobody on to the next one.
    const u32* bucket = index_ + 4 * (static_cast<u32>(digest) & mask_);
    return row == 0 && bucket[3] == 0 ? 0 : Search(digest);
  }

  // A new row with its key, or 0 when the table is full.
  LACPSCOPE_NOINLINE u32 Insert(u64 digest, const Parsed& parsed) {
    if (count >= capacity) return 0;
    if (parsed.hasExtra && extraCount >= extraCapacity_) return 0;
    if (2 * (count + 1) > 4 * (mask_ + 1)) Grow();
    const u32 row = ++count;
    rows[row].digest = digest;
    Place(digest, row);
    Cold& cold = colds[row];
    cold.Begin(parsed);
    cold.stations = stations.FindOrAdd({{parsed.key[0], parsed.key[1], parsed.key[2]}});
    if (cold.IsSix()) {
      Addresses& entry = addresses[++addressCount];
      for (u32 i = 0; i < 8; i++) entry.word[i] = parsed.key[6 + i];
      cold.address[0] = addressCount;
      cold.address[1] = parsed.flowLabel;
    } else {
      cold.address[0] = parsed.key[6];
      cold.address[1] = parsed.key[7];
    }
    if (parsed.hasExtra) {
      Extra& entry = extras[++extraCount];
      for (u32 i = 0; i < kExtraWords; i++) entry.word[i] = parsed.key[kExtraAt + i];
      RareOf(row).extra = extraCount;
    }
    return row;
  }

 private:
  friend class Grouping;  // takes the index over when the pass is done
  friend class Ageing;    // as long as it moves rows
  static constexpr u32 kRowMask = (1u << kMaxRowBits) - 1;
  static constexpr u32 kManyBuckets = 1 << 16;
  u32* index_;
  u32 mask_;  // buckets of four slots, less one
  u64 slots_; // at most
  u32 extraCapacity_;

  // Bits that the bucket number does not use at any size the table can reach.
  static LACPSCOPE_INLINE u32 Tag(u64 digest) { return static_cast<u32>(digest >> 56) << kMaxRowBits; }

  LACPSCOPE_NOINLINE u32 Search(u64 digest) const {
    const u32 tag = Tag(digest);
    for (u32 b = static_cast<u32>(digest) & mask_;; b = (b + 1) & mask_) {
      const u32* bucket = index_ + 4 * b;
      for (u32 i = 0; i < 4; i++) {
        const u32 slot = bucket[i];
        if ((slot & kRowMask) == 0) return 0;
        if ((slot & ~kRowMask) == tag && rows[slot & kRowMask].digest == digest) return slot & kRowMask;
      }
    }
  }

  // Slots are taken from the first on. Without a branch for each: which is the first free one nobody foretells.
  LACPSCOPE_INLINE void Place(u64 digest, u32 row) {
    for (u32 b = static_cast<u32>(digest) & mask_;; b = (b + 1) & mask_) {
      u32* bucket = index_ + 4 * b;
      const u32 taken = (bucket[0] != 0) + (bucket[1] != 0) + (bucket[2] != 0) + (bucket[3] != 0);
      if (taken == 4) continue;
      bucket[taken] = Tag(digest) | row;
      return;
    }
  }

  // Four times the buckets in place, twice where they are many: rows keep their digests, so the old index is not read and no
  // second copy is needed.
  LACPSCOPE_NOINLINE void Grow() {
    mask_ = mask_ < kManyBuckets ? mask_ * 4 + 3 : mask_ * 2 + 1;
    if (4ull * (mask_ + 1) > slots_) mask_ = static_cast<u32>(slots_ / 4 - 1);
    PlaceAll();
  }

  LACPSCOPE_NOINLINE void PlaceAll() {
    for (u64 i = 0; i < 4ull * (mask_ + 1); i++) index_[i] = 0;
    for (u32 row = 1; row <= count; row++) Place(rows[row].digest, row);
  }
};
