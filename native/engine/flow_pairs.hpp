// Pairs of flows that differ in one header field alone, field by field: what tells whether the field is used.
#pragma once

#include "grouping.hpp"

constexpr u32 kPairExamples = 3;

struct JoinPairs {
  u32 differing, moved;
  u32 example[kPairExamples][2];
};

class FlowPairs {
 public:
  JoinPairs found[kFieldCount];

  void Init(Grouping& grouping, const DigestKeys& keys) {
    grouping_ = &grouping;
    keys_ = &keys;
  }

  // For every field: telling flows that differ from another one in it alone. Most fields never vary alone (a MAC goes with its
  // address), so bitmaps that fit a cache find out first which flows have a chance; only those are brought together, as many
  // fields at a time as there is room for.
  void Find(u32 fields) {
    for (JoinPairs& pairs : found) pairs = {};
    varying_ = Varying(fields);
    if (varying_ == 0) return;
    DropRepeats(fields);
    u32 chances[kFieldCount] = {};
    FindChances(chances);
    const u32 most = grouping_->table->count;
    u32 batch = 0, expected = 0;
    for (u32 left = varying_; left != 0; left &= left - 1) {
      const u32 f = __builtin_ctz(left);
      if (chances[f] == 0) continue;
      // Of each group the first one had not been seen again when it was looked at.
      if (batch != 0 && expected + 2 * chances[f] > most) {
        PairsOf(batch, expected);
        batch = expected = 0;
      }
      batch |= 1u << f;
      expected += 2 * chances[f];
    }
    if (batch != 0) PairsOf(batch, Min(expected, most));
  }

 private:
  Grouping* grouping_;
  const DigestKeys* keys_;
  u32 varying_, telling_;
  bool endsNameThem_;
  u32 bits_;  // of a map
  u64 salts_[2][4 * kFieldCount];
  u64 zeros_[2][kFieldCount];
  u32* maps_;  // two words a row at most

  template <typename Visit>
  LACPSCOPE_INLINE void EachTelling(Visit visit) const {
    grouping_->EachMarked([](u32, u32 mark) { return Tells(mark); }, visit);
  }

  static bool Tells(u32 mark) { return (mark & kMarked) && (mark & kMarkTelling); }

  // Which of the fields have more than one value among the telling flows. How many those are, too, and whether their ends are
  // all that names them.
  u32 Varying(u32 fields) {
    const FlowFields& flows = grouping_->fields;
    JoinKey first = {}, key, varies = {};
    bool any = false, tunnel = false, none = false;
    telling_ = 0;
    endsNameThem_ = true;
    u32 most = 0;  // words beyond are 0 in all keys so far
    EachTelling([&](u32 row) {
      const u32 words = key.Load(flows, row);
      telling_++;
      // Ports name a flow, unless one with a tag of VLAN 0 stands beside it; an SPI or the like is none of the fields.
      // And labels, sessions and tunnel ids name flows, but are none of the fields either.
      endsNameThem_ &= (flows.Flags(row) & kPortsSeen) != 0 && (flows.Tag(row) & 0x8fff) != 0x8000 && !flows.HasExtra(row);
      if (!any) for (u32 i = 0; i < words; i++) first.word[i] = key.word[i];
      any = true;
      most = Max(most, words);
      (key.word[14] ? tunnel : none) = true;
      for (u32 i = 0; i < words; i++) varies.word[i] |= key.word[i] ^ first.word[i];
      for (u32 i = words; i < most; i++) varies.word[i] |= first.word[i];
    });
    const u32* v = varies.word;
    const bool versions = (v[5] >> 8 & 15) != 0, inners = (v[14] >> 8 & 15) != 0;
    const auto any4 = [&](u32 at) { return (v[at] | v[at + 1] | v[at + 2] | v[at + 3]) != 0; };
    u32 varying = 0;
    const auto add = [&](u32 field, bool does) { varying |= does ? field : 0; };
    add(kEthSrc, v[2] != 0 || v[1] >> 16 != 0);
    add(kEthDst, v[0] != 0 || (v[1] & 0xffff) != 0);
    add(kEthType, (v[3] & 0xffff) != 0);
    add(kVlanId, (v[3] >> 16 & 0xfff) != 0);
    add(kIpSrc, versions || (first.IsSix() ? any4(6) : v[6] != 0));
    add(kIpDst, versions || (first.IsSix() ? any4(10) : v[7] != 0));
    add(kIpProto, (v[5] & 0xff) != 0);
    add(kFlowLabel, v[5] >> 12 != 0);
    add(kSrcPort, (v[4] & 0xffff) != 0);
    add(kDstPort, v[4] >> 16 != 0);
    if (tunnel && none) varying |= kInnerFields;
    add(kInnerIpSrc, inners || any4(16));
    add(kInnerIpDst, inners || any4(20));
    add(kInnerIpProto, (v[14] & 0xff) != 0);
    add(kInnerSrcPort, (v[15] & 0xffff) != 0);
    add(kInnerDstPort, v[15] >> 16 != 0);
    return varying & fields;
  }

  // Flows that agree in all fields with one before add nothing.
  void DropRepeats(u32 fields) {
    if (endsNameThem_) return;
    u8* marks = grouping_->marks;
    grouping_->Start(fields);
    grouping_->Each([](u32, u32 mark) { return Tells(mark); }, [&](u32 row, u32, u32 group) {
      if (grouping_->First(group) == row) return;
      marks[row] &= ~kMarkTelling;
      telling_--;
    });
  }

  // Every field that varies as a constant: then its words are a few loads, and nothing is asked about them.
  template <u32 f>
  struct Field { static constexpr u32 number = f; };

  template <u32 f = 0, typename Visit>
  LACPSCOPE_INLINE void EachVarying(const Visit& visit) const {
    if constexpr (f < kFieldCount) {
      if (varying_ >> f & 1) visit(Field<f>{});
      EachVarying<f + 1>(visit);
    }
  }

  // Multilinear as the digest, with a product of its own for each field: the sum without one of them says where all others agree.
  // @param half  0 the upper one of a digest, 1 the lower; @returns the sum of all
  template <u32 half>
  LACPSCOPE_INLINE u64 Multiply(const JoinKey& key, u64* products) const {
    u64 sum = 0;
    EachVarying([&](auto field) {
      constexpr u32 f = decltype(field)::number;
      u32 v[4];
      key.Value(f, v);
      const u64* salt = salts_[half] + 4 * f;
      const bool isLong = (v[2] | v[3]) != 0;  // few are: the product of two zeros is known
      products[f] = (salt[0] + v[0]) * (salt[1] + v[1]) + (isLong ? (salt[2] + v[2]) * (salt[3] + v[3]) : zeros_[half][f]);
      sum += products[f];
    });
    return sum;
  }

  // Where in its maps a field looks: the place needs the lower half alone.
  LACPSCOPE_INLINE u32 Place(u64 others) const { return static_cast<u32>(Halves(0, others)) & (bits_ - 1); }

  // Two bitmaps a field: seen, and seen again. In `chances` how many flows were seen again.
  void FindChances(u32* chances) {
    u64 salt = keys_->first[0];
    for (auto& half : salts_) for (u64& word : half) word = SplitMix(salt);
    for (u32 i = 0; i < 2; i++) for (u32 f = 0; f < kFieldCount; f++) zeros_[i][f] = salts_[i][4 * f + 2] * salts_[i][4 * f + 3];
    const u32 fields = __builtin_popcount(varying_);
    maps_ = grouping_->room();
    bits_ = 1024;
    while (bits_ < 8 * telling_ && 2ull * fields * (2 * bits_ / 32) <= 2ull * grouping_->table->count) bits_ *= 2;
    for (u32 i = 0; i < 2 * fields * (bits_ / 32); i++) maps_[i] = 0;
    JoinKey key;
    u64 low[kFieldCount];
    EachTelling([&](u32 row) {
      key.Load(grouping_->fields, row);
      const u64 sum = Multiply<1>(key, low);
      u32* map = maps_;
      for (u32 left = varying_; left != 0; left &= left - 1, map += 2 * (bits_ / 32)) {
        const u32 f = __builtin_ctz(left);
        const u32 at = Place(sum - low[f]), bit = 1u << (at & 31);
        if (map[at >> 5] & bit) {
          map[bits_ / 32 + (at >> 5)] |= bit;
          chances[f]++;
        }
        map[at >> 5] |= bit;
      }
    });
  }

  static u64 SplitMix(u64& state) {
    u64 z = state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
  }

  void PairsOf(u32 batch, u32 expected) {
    Parts& parts = grouping_->parts;
    parts.Start(maps_ + 2 * __builtin_popcount(varying_) * (bits_ / 32), grouping_->table->count, expected);
    JoinKey key;
    u64 high[kFieldCount], low[kFieldCount];
    EachTelling([&](u32 row) {
      key.Load(grouping_->fields, row);
      const u64 sumLow = Multiply<1>(key, low);
      u64 sumHigh = 0;
      const u32* again = maps_ + bits_ / 32;
      u32 chance = 0;
      for (u32 left = varying_; left != 0; left &= left - 1, again += 2 * (bits_ / 32)) {
        const u32 f = __builtin_ctz(left), at = Place(sumLow - low[f]);
        chance |= (again[at >> 5] >> (at & 31) & 1) << f;
      }
      chance &= batch;
      if (chance != 0) sumHigh = Multiply<0>(key, high);
      for (; chance != 0; chance &= chance - 1) {
        const u32 f = __builtin_ctz(chance);
        const u64 others = Halves(sumHigh - high[f], sumLow - low[f]) + salts_[0][4 * f];
        const u32 value = static_cast<u32>(Halves(high[f], low[f])) << kValueShift;
        parts.Put(row, others, value | f << kFieldShift | (grouping_->marks[row] & kMarkPort));
      }
    });
    // Each with the first flow that agrees in all other fields: JoinGroup.sum is what is known of that one.
    grouping_->EachPart(
        [&](u32 row, u32 known, u32 group) {
          JoinGroup& g = grouping_->groups[group];
          const u32 first = grouping_->First(group);
          if (first == row) g.sum = known;
          else Compare(first, static_cast<u32>(g.sum), row, known);
          return 0u;
        },
        [](u32, u32, u32) {});
  }

  static constexpr u32 kFieldShift = 4, kValueShift = 8;

  LACPSCOPE_INLINE void Compare(u32 first, u32 knownOfFirst, u32 row, u32 known) {
    const u32 f = known >> kFieldShift & 15;
    if ((known ^ knownOfFirst) >> kValueShift == 0 && AreEqual(f, first, row)) return;
    JoinPairs& pairs = found[f];
    pairs.differing++;
    if ((known ^ knownOfFirst) & kMarkPort) Moved(pairs, first, row);
  }

  // Hardly ever asked: what agrees in all fields was left out.
  LACPSCOPE_NOINLINE bool AreEqual(u32 f, u32 a, u32 b) const {
    JoinKey keyOfA = {}, keyOfB = {};
    keyOfA.Load(grouping_->fields, a);
    keyOfB.Load(grouping_->fields, b);
    u32 valueOfA[4], valueOfB[4];
    keyOfA.Value(f, valueOfA);
    keyOfB.Value(f, valueOfB);
    bool are = true;
    for (u32 i = 0; i < 4; i++) are &= valueOfA[i] == valueOfB[i];
    return are;
  }

  // The first of them are examples, in order; they come in any.
  LACPSCOPE_INLINE void Moved(JoinPairs& pairs, u32 first, u32 row) {
    const u32 listed = Min(pairs.moved++, kPairExamples);
    if (listed == kPairExamples && row > pairs.example[kPairExamples - 1][1]) return;
    u32 at = Min(listed, kPairExamples - 1);
    for (; at > 0 && pairs.example[at - 1][1] > row; at--) {
      pairs.example[at][0] = pairs.example[at - 1][0];
      pairs.example[at][1] = pairs.example[at - 1][1];
    }
    pairs.example[at][0] = first;
    pairs.example[at][1] = row;
  }
};
