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

  bool Init(Grouping& grouping, const DigestKeys& keys) {
    grouping_ = &grouping;
    keys_ = &keys;
    return Reserve(maps_, Max(grouping.table->capacity, 4096));
  }

  // For every field: telling flows that differ from another one in it alone. Most fields never vary alone (a MAC goes with its
  // address), so bitmaps that fit a cache find out first which flows have a chance; only those are put into a table, as many
  // fields together as it has room for.
  void Find(u32 fields) {
    for (JoinPairs& pairs : found) pairs = {};
    varying_ = Varying(fields);
    if (varying_ == 0) return;
    DropRepeats(fields);
    u32 chances[kFieldCount] = {};
    FindChances(chances);
    const u32 capacity = grouping_->table->capacity;
    u32 batch = 0, room = 0;
    for (u32 left = varying_; left != 0; left &= left - 1) {
      const u32 f = __builtin_ctz(left);
      if (chances[f] == 0) continue;
      if (batch != 0 && room + 2 * chances[f] > capacity) {
        PairsOf(batch, room / 2);
        batch = room = 0;
      }
      batch |= 1u << f;
      room += 2 * chances[f];
    }
    if (batch != 0) PairsOf(batch, room / 2);
  }

 private:
  struct Products { u64 high[kFieldCount], low[kFieldCount], sumHigh, sumLow; };

  Grouping* grouping_;
  const DigestKeys* keys_;
  u32 varying_, bits_;  // of a map
  u64 salts_[2][4 * kFieldCount];
  u64 zeros_[2][kFieldCount];
  u32* maps_;  // as many words as rows

  template <typename Visit>
  LACPSCOPE_INLINE void EachTelling(Visit visit) const {
    const u8* marks = grouping_->marks;
    Grouping::InChunks(*grouping_->table, [&](u32 row) { if (Tells(marks[row])) visit(row); });
  }

  static bool Tells(u32 mark) { return (mark & kMarked) && (mark & kMarkTelling); }

  // Which of the fields have more than one value among the telling flows.
  u32 Varying(u32 fields) const {
    JoinKey first = {}, key, varies = {};
    bool any = false, tunnel = false, none = false;
    u32 most = 0;  // words beyond are 0 in all keys so far
    EachTelling([&](u32 row) {
      const u32 words = key.Load(grouping_->fields, row);
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

  // Flows that agree in all fields with one before add nothing: their two ends are not all that names them.
  void DropRepeats(u32 fields) {
    const FlowFields& flows = grouping_->fields;
    bool ends = true;
    EachTelling([&](u32 row) {
      // Ports name a flow, unless one with a tag of VLAN 0 stands beside it; an SPI or the like is none of the fields.
      // And labels, sessions and tunnel ids name flows, but are none of the fields either.
      ends &= (flows.Flags(row) & kPortsSeen) != 0 && (flows.Tag(row) & 0x8fff) != 0x8000 && !flows.HasExtra(row);
    });
    if (ends) return;
    u8* marks = grouping_->marks;
    grouping_->Start(fields);
    grouping_->Each([](u32, u32 mark) { return Tells(mark); }, [&](u32 row, u32, u32 group) {
      if (grouping_->First(group) != row) marks[row] &= ~kMarkTelling;
    });
  }

  // Multilinear as the digest, with a product of its own for each field: the sum without one of them says where all others agree.
  LACPSCOPE_INLINE void Multiply(u32 row, Products& products) const {
    JoinKey key;
    key.Load(grouping_->fields, row);
    products.sumHigh = products.sumLow = 0;
    for (u32 left = varying_; left != 0; left &= left - 1) {
      const u32 f = __builtin_ctz(left);
      u32 v[4];
      key.Value(f, v);
      const u64 *h = salts_[0] + 4 * f, *l = salts_[1] + 4 * f;
      const bool isLong = (v[2] | v[3]) != 0;  // few are: the product of two zeros is known
      products.high[f] = (h[0] + v[0]) * (h[1] + v[1]) + (isLong ? (h[2] + v[2]) * (h[3] + v[3]) : zeros_[0][f]);
      products.low[f] = (l[0] + v[0]) * (l[1] + v[1]) + (isLong ? (l[2] + v[2]) * (l[3] + v[3]) : zeros_[1][f]);
      products.sumHigh += products.high[f];
      products.sumLow += products.low[f];
    }
  }

  // Two bitmaps a field: seen, and seen again. In `chances` how many flows were seen again.
  void FindChances(u32* chances) {
    u64 salt = keys_->first[0];
    for (auto& half : salts_) for (u64& word : half) word = SplitMix(salt);
    for (u32 i = 0; i < 2; i++) for (u32 f = 0; f < kFieldCount; f++) zeros_[i][f] = salts_[i][4 * f + 2] * salts_[i][4 * f + 3];
    u32 telling = 0;
    EachTelling([&](u32) { telling++; });
    const u32 fields = __builtin_popcount(varying_);
    bits_ = 1024;
    while (bits_ < 8 * telling && 2ull * fields * (2 * bits_ / 32) <= grouping_->table->capacity) bits_ *= 2;
    for (u32 i = 0; i < 2 * fields * (bits_ / 32); i++) maps_[i] = 0;
    Products products;
    EachTelling([&](u32 row) {
      Multiply(row, products);
      u32* map = maps_;
      for (u32 left = varying_; left != 0; left &= left - 1, map += 2 * (bits_ / 32)) {
        const u32 f = __builtin_ctz(left);
        const u64 others = Halves(products.sumHigh - products.high[f], products.sumLow - products.low[f]);
        const u32 at = static_cast<u32>(others) & (bits_ - 1), bit = 1u << (at & 31);
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

  // Flows with a chance, by stages: the misses of some dozens overlap.
  struct Waiting { u64 others, own; u32 row, field; };
  static constexpr u32 kStage = 64;

  void PairsOf(u32 batch, u32 expected) {
    grouping_->Start(0, expected);
    Products products;
    Waiting waiting[kStage + kFieldCount];
    u32 n = 0;
    EachTelling([&](u32 row) {
      Multiply(row, products);
      const u32* map = maps_;
      for (u32 left = varying_; left != 0; left &= left - 1, map += 2 * (bits_ / 32)) {
        const u32 f = __builtin_ctz(left);
        const u64 others = Halves(products.sumHigh - products.high[f], products.sumLow - products.low[f]);
        const u32 at = static_cast<u32>(others) & (bits_ - 1);
        if (!(batch >> f & 1) || !(map[bits_ / 32 + (at >> 5)] >> (at & 31) & 1)) continue;
        waiting[n++] = {others + salts_[0][4 * f], Halves(products.high[f], products.low[f]), row, f};
      }
      if (n >= kStage) {
        Compare(waiting, n);
        n = 0;
      }
    });
    Compare(waiting, n);
  }

  // Each with the first flow that agrees in all other fields. JoinGroup.sum: the digest of that one's value, .ports: its port.
  LACPSCOPE_NOINLINE void Compare(const Waiting* waiting, u32 n) {
    u32 candidates[kStage + kFieldCount], checks[kStage + kFieldCount];
    for (u32 i = 0; i < n; i++) candidates[i] = grouping_->Candidate(waiting[i].others);
    for (u32 i = 0; i < n; i++) checks[i] = Grouping::Is(grouping_->groups[candidates[i]], waiting[i].others);
    for (u32 i = 0; i < n; i++) {
      const auto& [others, own, row, f] = waiting[i];
      const u32 port = grouping_->marks[row] & kMarkPort;
      const u32 group = candidates[i] != 0 && checks[i] ? candidates[i] : grouping_->FindOrAdd(others, row);
      JoinGroup& g = grouping_->groups[group];
      const u32 first = grouping_->First(group);
      if (first == row) {
        g.sum = own;
        g.ports = static_cast<u16>(port);
        continue;
      }
      if (g.sum == own) continue;
      JoinPairs& pairs = found[f];
      pairs.differing++;
      if (g.ports == port) continue;
      if (pairs.moved++ >= kPairExamples) continue;
      pairs.example[pairs.moved - 1][0] = first;
      pairs.example[pairs.moved - 1][1] = row;
    }
  }
};
