// Questions about all flows together, asked when the pass is over: which of them agree in some header fields, how many such
// groups there are, which flow answers which. The caller marks the flows that take part, a byte each, and names the fields;
// no flow is copied, and nothing is kept between two questions.
#pragma once

#include "engine.hpp"

// Header fields, in the order in which the analysis names them.
enum JoinField : u32 {
  kEthSrc = 1 << 0, kEthDst = 1 << 1, kEthType = 1 << 2, kVlanId = 1 << 3, kIpSrc = 1 << 4, kIpDst = 1 << 5, kIpProto = 1 << 6,
  kSrcPort = 1 << 7, kDstPort = 1 << 8, kFlowLabel = 1 << 9,
  kInnerIpSrc = 1 << 10, kInnerIpDst = 1 << 11, kInnerIpProto = 1 << 12, kInnerSrcPort = 1 << 13, kInnerDstPort = 1 << 14,
  kFieldEnd = 1 << 15,
  // How to read them.
  kVlanTag = 1 << 16,    // a tag with VLAN 0 is not the same as no tag
  kTowards = 1 << 17,    // egress with its two ends exchanged: both directions of a connection agree
  kUnordered = 1 << 18,  // whichever end is which
  kSumFrames = 1 << 19,  // JoinGroup.sum in frames
};
constexpr u32 kInnerFields = kInnerIpSrc | kInnerIpDst | kInnerIpProto | kInnerSrcPort | kInnerDstPort;

// A byte per flow.
enum JoinMark : u32 {
  kMarkPort = 15, kMarkOnePort = 16, kMarkTalks = 32, kMarkTcp = 64, kMarked = 128,
  kMarkTelling = 16,  // for pairs
};

struct JoinGroup {
  u32 first;  // its first flow; above that eight bits of the digest
  u32 check;  // and these are others
  u32 flows;
  u16 ports;  // one bit each
  u16 low;    // of the digest
  u64 sum;    // octets
};
static_assert(sizeof(JoinGroup) == 24, "layout shared with TypeScript");

constexpr u32 kSplitExamples = 10, kPairExamples = 3, kLabels = 127;

struct JoinPairs {
  u32 differing, moved;
  u32 example[kPairExamples][2];
};

struct JoinAnswer {
  u32 connections;  // answered from both sides: flows of TCP beyond the first of each
  u32 oneSided;
  u32 biflows;
  u32 split;
  u32 examples;
  u32 example[kSplitExamples][2];  // flow; port of its answer, or the other flow of a pair
  u32 label[kLabels];              // groups, written by the caller
};

class Joins {
 public:
  u8* marks;
  JoinGroup* groups;
  JoinAnswer answer;
  JoinPairs pairs[15];

  bool Init(Engine& engine) {
    flows_ = &engine.flows;
    keys_ = &engine.keys;
    slots_ = 1024;
    while (slots_ < 2ull * (flows_->capacity + 1)) slots_ *= 2;
    return Reserve(marks, flows_->capacity + 1) && Reserve(groups, flows_->capacity + 2) && Reserve(maps_, Max(flows_->capacity, 4096));
  }

  // Marked flows that agree in the fields, in order of their first flow; how many groups.
  u32 Group(u32 fields) {
    Start(fields);
    Each([](u32, u32 mark) { return (mark & kMarked) != 0; }, [&](u32 row, u32 mark, u32 group) {
      JoinGroup& g = groups[group];
      g.flows++;
      g.ports |= static_cast<u16>(1u << (mark & kMarkPort));
      g.sum += fields & kSumFrames ? Frames(row) : flows_->rows[row].octets;
    });
    return count_;
  }

  // After Group: marks of its flows become kMarked and the number of their group's label, from 1; 0 for a group without one.
  void Label(u32 labels) {
    for (u32 group = 1; group <= count_; group++) groups[group].ports = 0;
    for (u32 i = 0; i < labels; i++) groups[answer.label[i]].ports = static_cast<u16>(i + 1);
    Each([](u32, u32 mark) { return (mark & kMarked) != 0; }, [&](u32 row, u32, u32 group) {
      marks[row] = static_cast<u8>(kMarked | groups[group].ports);
    });
  }

  // For every field: telling flows that differ from another one in it alone. Answers are in `pairs`, by number of the field.
  // Most fields never vary alone (a MAC goes with its address), so bitmaps that fit a cache find out first which flows have a
  // chance; only those are put into a table, as many fields together as it has room for.
  void Pairs(u32 fields) {
    for (JoinPairs& answer : pairs) answer = {};
    const u32 varying = Varying(fields);
    if (varying == 0) return;
    DropRepeats(fields);
    u32 chances[kFieldCount] = {};
    const u32 bits = FindChances(varying, chances);
    u32 batch = 0, room = 0;
    for (u32 left = varying; left != 0; left &= left - 1) {
      const u32 f = __builtin_ctz(left);
      if (chances[f] == 0) continue;
      if (batch != 0 && room + 2 * chances[f] > flows_->capacity) {
        PairsOf(batch, varying, bits);
        batch = room = 0;
      }
      batch |= 1u << f;
      room += 2 * chances[f];
    }
    if (batch != 0) PairsOf(batch, varying, bits);
  }

  // Connections by their two directions, wherever those were carried.
  void Connections() {
    Start(kIpSrc | kIpDst | kIpProto | kSrcPort | kDstPort | kVlanId | kVlanTag | kTowards);
    answer.connections = answer.oneSided = answer.biflows = answer.split = answer.examples = 0;
    const auto marked = [](u32, u32 mark) { return (mark & kMarked) != 0; };
    // JoinGroup.ports: the port of the egress flow and 1; .sum: its only flow so far says enough to be answered.
    Each(marked, [&](u32 row, u32 mark, u32 group) {
      JoinGroup& g = groups[group];
      if ((mark & kMarkOnePort) && flows_->rows[row].direction() == 1) g.ports = static_cast<u16>(1 + (mark & kMarkPort));
      if (!(mark & kMarkTcp)) return;
      if (g.flows++ == 0) {
        g.sum = mark & kMarkTalks ? 1 : 0;
        answer.oneSided += static_cast<u32>(g.sum);
      } else {
        answer.oneSided -= static_cast<u32>(g.sum);
        g.sum = 0;
        answer.connections++;
      }
    });
    const auto ingress = [&](u32 row, u32 mark) {
      return (mark & kMarked) && (mark & kMarkOnePort) && flows_->rows[row].direction() == 0;
    };
    Each(ingress, [&](u32 row, u32 mark, u32 group) {
      const u32 out = groups[group].ports;
      if (out == 0) return;
      answer.biflows++;
      if (out - 1 == (mark & kMarkPort)) return;
      answer.split++;
      if (answer.examples < kSplitExamples) Example(row, out);
    });
  }

 private:
  static constexpr u32 kStage = 64, kChunk = 4096;
  static constexpr u32 kJoinWords = 24;  // without inner MACs, labels and ids
  struct Key { u32 word[kJoinWords]; };

  FlowTable* flows_;
  const DigestKeys* keys_;
  u32 fields_, count_;
  u64 slots_;  // of the index, at most
  u32 keep_[6];  // bits of the first words of a key that the fields leave

  static constexpr u32 kFieldCount = 15;

  struct Products { u64 high[kFieldCount], low[kFieldCount], sumHigh, sumLow; };

  u64 salts_[2][4 * kFieldCount];
  u32* maps_;  // as many words as rows

  // Which of the fields have more than one value among the telling flows.
  u32 Varying(u32 fields) const {
    Key first = {}, key, varies = {};
    bool any = false, tunnel = false, none = false;
    EachTelling([&](u32 row) {
      const u32 words = Load(row, key);
      for (u32 i = words; i < kKeyWords; i++) key.word[i] = 0;
      if (!any) first = key;
      any = true;
      (key.word[14] ? tunnel : none) = true;
      for (u32 i = 0; i < kKeyWords; i++) varies.word[i] |= key.word[i] ^ first.word[i];
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
    add(kIpSrc, versions || (IsSix(first) ? any4(6) : v[6] != 0));
    add(kIpDst, versions || (IsSix(first) ? any4(10) : v[7] != 0));
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
    bool ends = true;
    EachTelling([&](u32 row) {
      const Cold& cold = flows_->colds[row];
      // Ports name a flow, unless one with a tag of VLAN 0 stands beside it; an SPI or the like is none of the fields.
      // And labels, sessions and tunnel ids name flows, but are none of the fields either.
      ends &= (cold.flags & kPortsSeen) != 0 && (cold.key[3] & 0x8fff0000u) != 0x80000000u && flows_->RareIfAny(row).extra == 0;
    });
    if (ends) return;
    Start(fields);
    Each([](u32, u32 mark) { return Tells(mark); }, [&](u32 row, u32, u32 group) {
      if (First(group) != row) marks[row] &= ~kMarkTelling;
    });
  }

  // Multilinear as the digest, with a product of its own for each field: the sum without one of them says where all others agree.
  void Multiply(u32 row, u32 fields, Products& products) const {
    Key key;
    Load(row, key);
    products.sumHigh = products.sumLow = 0;
    for (u32 left = fields; left != 0; left &= left - 1) {
      const u32 f = __builtin_ctz(left);
      u32 v[4];
      Value(f, key, v);
      const u64 *h = salts_[0] + 4 * f, *l = salts_[1] + 4 * f;
      products.high[f] = (h[0] + v[0]) * (h[1] + v[1]) + (h[2] + v[2]) * (h[3] + v[3]);
      products.low[f] = (l[0] + v[0]) * (l[1] + v[1]) + (l[2] + v[2]) * (l[3] + v[3]);
      products.sumHigh += products.high[f];
      products.sumLow += products.low[f];
    }
  }

  static LACPSCOPE_INLINE u64 Others(const Products& p, u32 f) {
    return (p.sumHigh - p.high[f]) >> 32 << 32 | (p.sumLow - p.low[f]) >> 32;
  }

  static LACPSCOPE_INLINE void Value(u32 f, const Key& key, u32* v) {
    const u32* w = key.word;
    v[0] = v[1] = v[2] = v[3] = 0;
    switch (1u << f) {
      case kEthSrc: v[0] = w[1] >> 16, v[1] = w[2]; return;
      case kEthDst: v[0] = w[0], v[1] = w[1] & 0xffff; return;
      case kEthType: v[0] = w[3] & 0xffff; return;
      case kVlanId: v[0] = w[3] >> 16 & 0xfff; return;
      case kIpSrc: Address(key, 6, v); return;
      case kIpDst: Address(key, TargetAt(key), v); return;
      case kIpProto: v[0] = w[5] & 0xff; return;
      case kSrcPort: v[0] = w[4] & 0xffff; return;
      case kDstPort: v[0] = w[4] >> 16; return;
      case kFlowLabel: v[0] = w[5] >> 12; return;
      default: break;
    }
    if (w[14] == 0) return;
    const u32 version = w[14] >> 8 & 15;
    v[1] = 1;  // 0 in a tunnel is not the same as no tunnel
    switch (1u << f) {
      // Addresses of version 4 fill one word of four: the version tells them from others.
      case kInnerIpSrc: for (u32 i = 0; i < 4; i++) v[i] = w[16 + i]; v[3] ^= version << 28; return;
      case kInnerIpDst: for (u32 i = 0; i < 4; i++) v[i] = w[20 + i]; v[3] ^= version << 28; return;
      case kInnerIpProto: v[0] = w[14] & 0xff; return;
      case kInnerSrcPort: v[0] = w[15] & 0xffff; return;
      default: v[0] = w[15] >> 16; return;
    }
  }

  static LACPSCOPE_INLINE void Address(const Key& key, u32 at, u32* v) {
    if (!IsSix(key)) v[0] = key.word[at];
    else for (u32 i = 0; i < 4; i++) v[i] = key.word[at + i];
  }

  // Two bitmaps a field: seen, and seen again. @returns their size in bits; in `chances` how many flows were seen again.
  u32 FindChances(u32 varying, u32* chances) {
    u64 salt = keys_->first[0];
    for (auto& half : salts_) for (u64& word : half) word = SplitMix(salt);
    u32 telling = 0;
    EachTelling([&](u32) { telling++; });
    const u32 fields = __builtin_popcount(varying);
    u32 bits = 1024;
    while (bits < 8 * telling && 2ull * fields * (2 * bits / 32) <= flows_->capacity) bits *= 2;
    for (u32 i = 0; i < 2 * fields * (bits / 32); i++) maps_[i] = 0;
    Products products;
    EachTelling([&](u32 row) {
      Multiply(row, varying, products);
      u32* map = maps_;
      for (u32 left = varying; left != 0; left &= left - 1, map += 2 * (bits / 32)) {
        const u32 f = __builtin_ctz(left), at = static_cast<u32>(Others(products, f)) & (bits - 1), bit = 1u << (at & 31);
        if (map[at >> 5] & bit) {
          map[bits / 32 + (at >> 5)] |= bit;
          chances[f]++;
        }
        map[at >> 5] |= bit;
      }
    });
    return bits;
  }

  static u64 SplitMix(u64& state) {
    u64 z = state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
  }

  void PairsOf(u32 batch, u32 varying, u32 bits) {
    Start(0);
    Products products;
    EachTelling([&](u32 row) {
      Multiply(row, varying, products);
      const u32* map = maps_;
      for (u32 left = varying; left != 0; left &= left - 1, map += 2 * (bits / 32)) {
        const u32 f = __builtin_ctz(left);
        const u64 others = Others(products, f);
        const u32 at = static_cast<u32>(others) & (bits - 1);
        if (!(batch >> f & 1) || !(map[bits / 32 + (at >> 5)] >> (at & 31) & 1)) continue;
        const u32 first = First(FindOrAdd(others + salts_[0][4 * f], row));
        if (first != row) Compare(first, row, f);
      }
    });
  }

  void Compare(u32 first, u32 row, u32 f) {
    Key a, b;
    Load(first, a);
    Load(row, b);
    if (Equal(1u << f, a, b)) return;
    JoinPairs& answer = pairs[f];
    answer.differing++;
    if ((marks[first] & kMarkPort) == (marks[row] & kMarkPort)) return;
    if (answer.moved++ >= kPairExamples) return;
    answer.example[answer.moved - 1][0] = first;
    answer.example[answer.moved - 1][1] = row;
  }

  static bool Tells(u32 mark) { return (mark & kMarked) && (mark & kMarkTelling); }

  u64 Frames(u32 row) const { return flows_->FramesOf(row); }

  void Example(u32 a, u32 b) {
    answer.example[answer.examples][0] = a;
    answer.example[answer.examples++][1] = b;
  }

  // The pass is over, so its index is free: tables of groups are built in its place.
  void Start(u32 fields) {
    fields_ = fields;
    const auto kept = [&](u32 field, u32 bits) { return fields & field ? bits : 0; };
    keep_[0] = kept(kEthDst, ~0u);
    keep_[1] = kept(kEthDst, 0xffffu) | kept(kEthSrc, 0xffff0000u);
    keep_[2] = kept(kEthSrc, ~0u);
    keep_[3] = kept(kEthType, 0xffffu) | kept(kVlanId, 0x0fff0000u) | kept(kVlanTag, 0x80000000u);
    keep_[4] = kept(kSrcPort, 0xffffu) | kept(kDstPort, 0xffff0000u);
    keep_[5] = kept(kIpProto, 0xffu) | kept(kFlowLabel, 0xfffff000u) | kept(kIpSrc | kIpDst, 0xf00u);
    count_ = 0;
    flows_->mask_ = 1024 / 4 - 1;
    for (u32 i = 0; i < 1024; i++) flows_->index_[i] = 0;
  }

  // Word 5: protocol, IP version << 8, flow label << 12. Inner words as in the key of a flow.
  LACPSCOPE_INLINE u32 Load(u32 row, Key& key) const {
    const Cold& cold = flows_->colds[row];
    u32* w = key.word;
    for (u32 i = 0; i < 4; i++) w[i] = cold.key[i];
    w[4] = cold.flags & kPortsSeen ? cold.key[4] : 0;
    const u32 version = cold.key[5] >> 8 & 15;
    w[5] = (cold.key[5] & 0xff) | version << 8 | flows_->FlowLabelOf(cold) << 12;
    u32 words = kIpv4Words;
    if (version == 6) {
      const Addresses& entry = flows_->addresses[cold.address[0]];
      for (u32 i = 0; i < 8; i++) w[6 + i] = entry.word[i];
      words = kIpv6Words;
    } else {
      w[6] = version == 4 ? cold.address[0] : 0;
      w[7] = version == 4 ? cold.address[1] : 0;
    }
    if (!(cold.flags & kInnerSeen)) {
      w[14] = 0;
      return words;
    }
    if (version != 6) for (u32 i = 8; i < kIpv6Words; i++) w[i] = 0;
    for (u32 i = 14; i < kJoinWords; i++) w[i] = flows_->extras[flows_->RareIfAny(row).extra].word[i - kExtraAt];
    w[14] &= 0xffff;  // of which kind the tunnel is, no field says
    return kJoinWords;
  }

  LACPSCOPE_INLINE static bool IsSix(const Key& key) { return (key.word[5] >> 8 & 15) == 6; }
  LACPSCOPE_INLINE static u32 TargetAt(const Key& key) { return IsSix(key) ? 10 : 7; }

  static bool SameWords(const Key& a, const Key& b, u32 from, u32 other, u32 n) {
    for (u32 i = 0; i < n; i++) if (a.word[from + i] != b.word[other + i]) return false;
    return true;
  }

  static bool Equal(u32 field, const Key& a, const Key& b) {
    const u32 *v = a.word, *w = b.word;
    const bool tunnels = v[14] != 0 && w[14] != 0;
    switch (field) {
      case kEthSrc: return v[2] == w[2] && v[1] >> 16 == w[1] >> 16;
      case kEthDst: return v[0] == w[0] && (v[1] & 0xffff) == (w[1] & 0xffff);
      case kEthType: return (v[3] & 0xffff) == (w[3] & 0xffff);
      case kVlanId: return (v[3] >> 16 & 0xfff) == (w[3] >> 16 & 0xfff);
      case kIpSrc: return IsSix(a) == IsSix(b) && SameWords(a, b, 6, 6, IsSix(a) ? 4 : 1);
      case kIpDst: return IsSix(a) == IsSix(b) && SameWords(a, b, TargetAt(a), TargetAt(b), IsSix(a) ? 4 : 1);
      case kIpProto: return (v[5] & 0xff) == (w[5] & 0xff);
      case kSrcPort: return (v[4] & 0xffff) == (w[4] & 0xffff);
      case kDstPort: return v[4] >> 16 == w[4] >> 16;
      case kFlowLabel: return v[5] >> 12 == w[5] >> 12;
      default: break;
    }
    if (!tunnels) return v[14] == w[14];
    const bool versions = (v[14] >> 8 & 15) == (w[14] >> 8 & 15);
    switch (field) {
      case kInnerIpSrc: return versions && SameWords(a, b, 16, 16, 4);
      case kInnerIpDst: return versions && SameWords(a, b, 20, 20, 4);
      case kInnerIpProto: return (v[14] & 0xff) == (w[14] & 0xff);
      case kInnerSrcPort: return (v[15] & 0xffff) == (w[15] & 0xffff);
      default: return v[15] >> 16 == w[15] >> 16;
    }
  }

  static void SwapEnds(Key& key) {
    const u32 n = IsSix(key) ? 4 : 1, target = TargetAt(key);
    for (u32 i = 0; i < n; i++) {
      const u32 source = key.word[6 + i];
      key.word[6 + i] = key.word[target + i];
      key.word[target + i] = source;
    }
    key.word[4] = key.word[4] << 16 | key.word[4] >> 16;
  }

  static bool TargetIsLower(const Key& key) {
    const u32 n = IsSix(key) ? 4 : 1, target = TargetAt(key);
    for (u32 i = 0; i < n; i++) if (key.word[6 + i] != key.word[target + i]) return key.word[target + i] < key.word[6 + i];
    return key.word[4] >> 16 < (key.word[4] & 0xffff);
  }

  // Of IPv4 outside of tunnels, nearly all there is: no more than the eight words.
  LACPSCOPE_NOINLINE u64 DigestOf(u32 row) const {
    const Cold& cold = flows_->colds[row];
    if ((cold.key[5] >> 8 & 15) != 4 || cold.rare != 0 || (fields_ & kUnordered)) return DigestOfAny(row);
    u32 ends[2] = {fields_ & kIpSrc ? cold.address[0] : 0, fields_ & kIpDst ? cold.address[1] : 0};
    u32 ports = cold.flags & kPortsSeen ? cold.key[4] : 0;
    if ((fields_ & kTowards) && flows_->rows[row].direction() == 1) {
      const u32 source = ends[0];
      ends[0] = ends[1];
      ends[1] = source;
      ports = ports << 16 | ports >> 16;
    }
    const u32 words[kIpv4Words] = {cold.key[0] & keep_[0], cold.key[1] & keep_[1], cold.key[2] & keep_[2], cold.key[3] & keep_[3],
                                   ports & keep_[4], cold.key[5] & 0xfff & keep_[5], ends[0], ends[1]};
    return Digest(*keys_, words, kIpv4Words);
  }

  LACPSCOPE_NOINLINE u64 DigestOfAny(u32 row) const {
    Key key;
    u32 words = Load(row, key);
    if (fields_ & kTowards ? flows_->rows[row].direction() == 1 : fields_ & kUnordered ? TargetIsLower(key) : false) SwapEnds(key);
    u32* w = key.word;
    const u32 version = w[5] >> 8 & 15, target = TargetAt(key);
    for (u32 i = 0; i < 6; i++) w[i] &= keep_[i];
    if (!(fields_ & kIpSrc)) for (u32 i = 6; i < target; i++) w[i] = 0;
    if (!(fields_ & kIpDst)) for (u32 i = target; i < (words == kIpv4Words ? kIpv4Words : kIpv6Words); i++) w[i] = 0;
    // Equal keys must have equal lengths too: they differ by what the fields keep, and by nothing else.
    if (words == kJoinWords && (fields_ & kInnerFields)) KeepInner(w);
    else if (!(fields_ & (kIpSrc | kIpDst))) words = kIpv4Words;
    else if (words == kJoinWords) words = version == 6 ? kIpv6Words : kIpv4Words;
    return Digest(*keys_, w, words);
  }

  void KeepInner(u32* w) const {
    const u32 version = fields_ & (kInnerIpSrc | kInnerIpDst) ? 0xf00u : 0;
    w[14] = 0x10000u | (w[14] & ((fields_ & kInnerIpProto ? 0xffu : 0) | version));  // a tunnel, whatever is in it
    w[15] &= (fields_ & kInnerSrcPort ? 0xffffu : 0) | (fields_ & kInnerDstPort ? 0xffff0000u : 0);
    if (!(fields_ & kInnerIpSrc)) for (u32 i = 16; i < 20; i++) w[i] = 0;
    if (!(fields_ & kInnerIpDst)) for (u32 i = 20; i < 24; i++) w[i] = 0;
  }

  // Every row that `wanted` picks with its group, in order. By stages, like the pass: the misses of 64 rows overlap. A call
  // takes one stage of them, for only what is called again gets the optimised code when that is ready.
  template <typename Wanted, typename Visit>
  void Each(Wanted wanted, Visit visit) {
    for (u32 row = 1; row <= flows_->count;) row = Stage(row, wanted, visit);
  }

  template <typename Wanted, typename Visit>
  LACPSCOPE_NOINLINE u32 Stage(u32 row, Wanted wanted, Visit visit) {
    u32 rows[kStage], candidates[kStage], checks[kStage];
    u64 digests[kStage];
    u32 n = 0;
    for (; row <= flows_->count && n < kStage; row++) if (wanted(row, marks[row])) rows[n++] = row;
    for (u32 i = 0; i < n; i++) digests[i] = DigestOf(rows[i]);
    for (u32 i = 0; i < n; i++) candidates[i] = flows_->Candidate(digests[i]);
    for (u32 i = 0; i < n; i++) checks[i] = Is(groups[candidates[i]], digests[i]);
    for (u32 i = 0; i < n; i++) {
      const u32 group = candidates[i] != 0 && checks[i] ? candidates[i] : FindOrAdd(digests[i], rows[i]);
      visit(rows[i], marks[rows[i]], group);
    }
    return row;
  }

  // Telling rows, some thousand a call.
  template <typename Visit>
  void EachTelling(Visit visit) const {
    for (u32 row = 1; row <= flows_->count; row += kChunk) Chunk(row, Min(row + kChunk - 1, flows_->count), visit);
  }

  template <typename Visit>
  LACPSCOPE_NOINLINE void Chunk(u32 from, u32 to, Visit visit) const {
    for (u32 row = from; row <= to; row++) if (Tells(marks[row])) visit(row);
  }

  // Of a digest 56 bits are kept: the lower 48, of which the lowest choose the bucket, and the tag.
  static LACPSCOPE_INLINE bool Is(const JoinGroup& g, u64 digest) { return g.check == CheckOf(digest) && g.low == static_cast<u16>(digest); }
  static LACPSCOPE_INLINE u32 CheckOf(u64 digest) { return static_cast<u32>(digest >> 16); }
  u32 First(u32 group) const { return groups[group].first & FlowTable::kRowMask; }

  LACPSCOPE_NOINLINE u32 FindOrAdd(u64 digest, u32 row) {
    const u32 tag = FlowTable::Tag(digest);
    for (u32 b = static_cast<u32>(digest) & flows_->mask_;; b = (b + 1) & flows_->mask_) {
      const u32* bucket = flows_->index_ + 4 * b;
      for (u32 i = 0; i < 4; i++) {
        const u32 slot = bucket[i];
        if ((slot & FlowTable::kRowMask) == 0) return Add(digest, row);
        const JoinGroup& g = groups[slot & FlowTable::kRowMask];
        if ((slot & ~FlowTable::kRowMask) == tag && Is(g, digest)) return slot & FlowTable::kRowMask;
      }
    }
  }

  u32 Add(u64 digest, u32 row) {
    if (2 * (count_ + 1) > 4 * (flows_->mask_ + 1)) Grow();
    const u32 group = ++count_;
    groups[group] = {row | FlowTable::Tag(digest), CheckOf(digest), 0, 0, static_cast<u16>(digest), 0};
    flows_->Place(digest, group);
    return group;
  }

  LACPSCOPE_NOINLINE void Grow() {
    flows_->mask_ = flows_->mask_ * 4 + 3;
    if (4ull * (flows_->mask_ + 1) > slots_) flows_->mask_ = static_cast<u32>(slots_ / 4 - 1);
    for (u64 i = 0; i < 4ull * (flows_->mask_ + 1); i++) flows_->index_[i] = 0;
    for (u32 group = 1; group <= count_; group++) {
      const JoinGroup& g = groups[group];
      const u64 tag = g.first >> kMaxRowBits;
      flows_->Place(tag << 56 | static_cast<u64>(g.check) << 16 | g.low, group);
    }
  }
};
