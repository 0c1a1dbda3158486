// Which flows agree in some header fields: groups of them, found by a digest of the fields. When the pass is over its index is
// free, and so are the digests of its rows: the index then finds groups, and a row holds the number of its group.
#pragma once

#include "engine.hpp"
#include "join_key.hpp"
#include "parts.hpp"

// A byte per flow.
enum JoinMark : u32 {
  kMarkPort = 15, kMarkOnePort = 16, kMarkTalks = 32, kMarkTcp = 64, kMarked = 128,
  kMarkTelling = 16,  // for pairs
  kMarkOpen = 1,      // alone: the caller decides
};

struct JoinGroup {
  u32 first;  // its first flow; above that eight bits of the digest
  u32 check;  // and these are others
  u32 flows;
  u16 ports;  // one bit each
  u16 low;    // of the digest
  u64 sum;    // octets or frames
};
static_assert(sizeof(JoinGroup) == 24, "layout shared with TypeScript");

class Grouping {
 public:
  u8* marks;
  JoinGroup* groups;
  u32 count;
  FlowTable* table;
  FlowFields fields;
  Parts parts;

  bool Init(Engine& engine) {
    table = &engine.flows;
    fields = FlowFields(table);
    keys_ = &engine.keys;
    slots_ = 1024;
    while (slots_ < 2ull * (table->capacity + 1)) slots_ *= 2;
    return Reserve(marks, table->capacity + 1) && Reserve(groups, table->capacity + 2) && Reserve(groupOf_, table->capacity + 1) &&
           Reserve(ownIndex_, slots_);
  }

  void Start(u32 asked) {
    asked_ = asked;
    const auto kept = [&](u32 field, u32 bits) { return asked & field ? bits : 0; };
    keep_[0] = kept(kEthDst, ~0u);
    keep_[1] = kept(kEthDst, 0xffffu) | kept(kEthSrc, 0xffff0000u);
    keep_[2] = kept(kEthSrc, ~0u);
    keep_[3] = kept(kEthType, 0xffffu) | kept(kVlanId, 0x0fff0000u);
    keep_[4] = kept(kSrcPort, 0xffffu) | kept(kDstPort, 0xffff0000u);
    keep_[5] = kept(kIpProto, 0xffu) | kept(kFlowLabel, 0xfffff000u) | kept(kIpSrc | kIpDst, 0xf00u);
    Restart();
  }

  // Every row that `wanted` picks with its group, in order. By stages, like the pass: the misses of 64 rows overlap. A call
  // takes one stage of them, for only what is called again gets the optimised code when that is ready.
  template <typename Wanted, typename Visit>
  void Each(Wanted wanted, Visit visit) {
    if ((asked_ & kBesideStations) == 0) return EachByStations(wanted, visit);
    for (u32 row = 1; row <= table->count;) row = Stage(row, wanted, visit);
  }

  void Remember(u32 row, u32 group) { table->rows[row].digest = group; }

  // The same rows once more, after an Each that remembered their groups.
  template <typename Wanted, typename Visit>
  void Again(Wanted wanted, Visit visit) const {
    EachMarked(wanted, [&](u32 row) { visit(row, marks[row], static_cast<u32>(table->rows[row].digest)); });
  }

  // Some thousand rows a call, for the same reason.
  template <typename Visit>
  static void InChunks(const FlowTable& table, Visit visit) {
    for (u32 row = 1; row <= table.count; row += kChunk) Chunk(row, Min(row + kChunk - 1, table.count), visit);
  }

  // Those that `wanted` picks. They are listed without a branch first: which of a direction come next nobody foretells.
  template <typename Wanted, typename Visit>
  void EachMarked(Wanted wanted, Visit visit) const {
    for (u32 row = 1; row <= table->count; row += kListed) MarkedChunk(row, Min(row + kListed - 1, table->count), wanted, visit);
  }

  // The rows that `wanted` picks, those of a group in order. What `note` says of a row is all that is known of it from then on: `visit`
  // is given that and the row's group, and returns the group to be remembered; `again` gets it when all of that group were visited.
  // Groups are numbered anew in each of many parts, so as many are there at a time as fit a cache.
  template <typename Wanted, typename Note, typename Visit, typename Again>
  void InParts(u32 asked, Wanted wanted, Note note, Visit visit, Again again) {
    Start(asked);
    parts.Start(room(), table->count, table->count);
    EachMarked(wanted, [&](u32 row) { parts.Put(row, DigestOf(row), note(row)); });
    EachPart(visit, again);
  }

  // The same of what was put into parts otherwise.
  template <typename Visit, typename Again>
  void EachPart(Visit visit, Again again) {
    u32* const full = table->index_;
    table->index_ = ownIndex_;
    for (u32 part = 0; part < parts.count(); part++) {
      Restart();
      parts.EachBlock(part, [&](Parts::Block& block) { VisitBlock(block, visit); });
      parts.EachBlock(part, [&](const Parts::Block& block) { VisitAgain(block, again); });
    }
    table->index_ = full;
  }

  // For parts, and in front of those for eight octets a row: the index that the pass leaves, and what is behind it.
  u32* room() { return table->index_; }

  u32 First(u32 group) const { return groups[group].first & FlowTable::kRowMask; }

  LACPSCOPE_INLINE u32 Candidate(u64 digest) const { return table->Candidate(digest); }

  // Of a digest 56 bits are kept: the lower 48, of which the lowest choose the bucket, and the tag.
  static LACPSCOPE_INLINE bool Is(const JoinGroup& g, u64 digest) { return g.check == CheckOf(digest) && g.low == static_cast<u16>(digest); }

  LACPSCOPE_NOINLINE u32 FindOrAdd(u64 digest, u32 row) {
    const u32 tag = FlowTable::Tag(digest);
    for (u32 b = static_cast<u32>(digest) & table->mask_;; b = (b + 1) & table->mask_) {
      const u32* bucket = table->index_ + 4 * b;
      for (u32 i = 0; i < 4; i++) {
        const u32 slot = bucket[i];
        if ((slot & FlowTable::kRowMask) == 0) return Add(digest, row);
        const JoinGroup& g = groups[slot & FlowTable::kRowMask];
        if ((slot & ~FlowTable::kRowMask) == tag && Is(g, digest)) return slot & FlowTable::kRowMask;
      }
    }
  }

  // Of IPv4 outside of tunnels, nearly all there is: no more than the eight words.
  LACPSCOPE_NOINLINE u64 DigestOf(u32 row) const {
    if (fields.Version(row) != 4 || fields.HasExtra(row)) return DigestOfAny(row);
    u32 source = asked_ & kIpSrc ? fields.Address(row, 0) : 0, target = asked_ & kIpDst ? fields.Address(row, 1) : 0;
    u32 ports = fields.Ports(row);
    if (asked_ & kUnordered) {
      const bool exchanged = EndsAreExchanged(source, target, ports);
      const u32 lower = exchanged ? target : source;
      target = exchanged ? source : target;
      source = lower;
      ports = exchanged ? ports << 16 | ports >> 16 : ports;
    }
    const u32 word5 = fields.Protocol(row) | 4 << 8 | fields.FlowLabel(row) << 12;
    const u32 words[kIpv4Words] = {fields.Word(row, 0) & keep_[0], fields.Word(row, 1) & keep_[1], fields.Word(row, 2) & keep_[2],
                                   fields.Word(row, 3) & keep_[3], ports & keep_[4], word5 & keep_[5], source, target};
    return Digest(*keys_, words, kIpv4Words);
  }

  // With something beside the fields, in the word of the tag: no digest of the fields alone.
  LACPSCOPE_NOINLINE u64 DigestWith(u32 row, u32 beside) const { return DigestOfAny(row, 0x8000'0000u | beside); }

 private:
  static constexpr u32 kStage = 64, kChunk = 4096, kListed = 1024;
  static constexpr u32 kBesideStations = ((1 << kFieldCount) - 1) & ~(kEthSrc | kEthDst);

  const DigestKeys* keys_;
  u32 asked_;
  u64 slots_;    // of the index
  u64 most_;     // of them that as many groups as rows need: what is not touched takes no memory
  u32* groupOf_;   // by pair of MAC addresses
  u32* ownIndex_;  // while the other one is full of parts
  u32 keep_[6];  // bits of the first words of a key that the fields leave

  void Restart() {
    count = 0;
    most_ = 1024;
    while (most_ < 2ull * (table->count + 1) && most_ < slots_) most_ *= 2;
    table->mask_ = 1024 / 4 - 1;
    Clear();
  }

  void Clear() {
    for (u64 i = 0; i < 4ull * (table->mask_ + 1); i++) table->index_[i] = 0;
  }

  // Where MAC addresses are all that is asked for, flows with the same are in one group: that is looked for once.
  template <typename Wanted, typename Visit>
  void EachByStations(Wanted wanted, Visit visit) {
    for (u32 entry = 0; entry <= table->stations.count; entry++) groupOf_[entry] = 0;
    EachMarked(wanted, [&](u32 row) {
      u32& group = groupOf_[table->colds[row].stations];
      if (group == 0) group = FindOrAdd(DigestOf(row), row);
      visit(row, marks[row], group);
    });
  }

  template <typename Wanted, typename Visit>
  LACPSCOPE_NOINLINE u32 Stage(u32 row, Wanted wanted, Visit visit) {
    u32 rows[kStage], candidates[kStage], checks[kStage];
    u64 digests[kStage];
    u32 n = 0;
    for (; row <= table->count && n < kStage; row++) {
      rows[n] = row;
      n += wanted(row, marks[row]);
    }
    for (u32 i = 0; i < n; i++) digests[i] = DigestOf(rows[i]);
    for (u32 i = 0; i < n; i++) candidates[i] = Candidate(digests[i]);
    for (u32 i = 0; i < n; i++) checks[i] = Is(groups[candidates[i]], digests[i]);
    for (u32 i = 0; i < n; i++) {
      const u32 group = candidates[i] != 0 && checks[i] ? candidates[i] : FindOrAdd(digests[i], rows[i]);
      visit(rows[i], marks[rows[i]], group);
    }
    return row;
  }

  template <typename Visit>
  LACPSCOPE_NOINLINE void VisitBlock(Parts::Block& block, Visit visit) {
    u32 candidates[Parts::kInBlock], checks[Parts::kInBlock];
    for (u32 i = 0; i < block.count; i++) candidates[i] = Candidate(parts.Rest(block.entry[i]));
    for (u32 i = 0; i < block.count; i++) checks[i] = Is(groups[candidates[i]], parts.Rest(block.entry[i]));
    for (u32 i = 0; i < block.count; i++) {
      const u64 entry = block.entry[i];
      const u32 row = parts.Row(entry);
      const u32 group = candidates[i] != 0 && checks[i] ? candidates[i] : FindOrAdd(parts.Rest(entry), row);
      block.entry[i] = parts.WithGroup(entry, visit(row, block.note[i], group));
    }
  }

  template <typename Again>
  LACPSCOPE_NOINLINE void VisitAgain(const Parts::Block& block, Again again) const {
    for (u32 i = 0; i < block.count; i++) again(parts.Row(block.entry[i]), block.note[i], parts.Group(block.entry[i]));
  }

  template <typename Wanted, typename Visit>
  LACPSCOPE_NOINLINE void MarkedChunk(u32 from, u32 to, Wanted wanted, Visit visit) const {
    u32 rows[kListed], n = 0;
    for (u32 row = from; row <= to; row++) {
      rows[n] = row;
      n += wanted(row, marks[row]);
    }
    for (u32 i = 0; i < n; i++) visit(rows[i]);
  }

  template <typename Visit>
  static LACPSCOPE_NOINLINE void Chunk(u32 from, u32 to, Visit visit) {
    for (u32 row = from; row <= to; row++) visit(row);
  }

  LACPSCOPE_NOINLINE u64 DigestOfAny(u32 row, u32 beside = 0) const {
    JoinKey key;
    u32 words = key.Load(fields, row);
    if (asked_ & kUnordered) key.OrderEnds();
    u32* w = key.word;
    const u32 version = w[5] >> 8 & 15, target = key.TargetAt();
    for (u32 i = 0; i < 6; i++) w[i] &= keep_[i];
    w[3] |= beside;
    if (!(asked_ & kIpSrc)) for (u32 i = 6; i < target; i++) w[i] = 0;
    if (!(asked_ & kIpDst)) for (u32 i = target; i < (words == kIpv4Words ? kIpv4Words : kIpv6Words); i++) w[i] = 0;
    // Equal keys must have equal lengths too: they differ by what the fields keep, and by nothing else.
    if (words == kJoinWords && (asked_ & kInnerFields)) KeepInner(w);
    else if (!(asked_ & (kIpSrc | kIpDst))) words = kIpv4Words;
    else if (words == kJoinWords) words = version == 6 ? kIpv6Words : kIpv4Words;
    return Digest(*keys_, w, words);
  }

  void KeepInner(u32* w) const {
    const u32 version = asked_ & (kInnerIpSrc | kInnerIpDst) ? 0xf00u : 0;
    w[14] = 0x10000u | (w[14] & ((asked_ & kInnerIpProto ? 0xffu : 0) | version));  // a tunnel, whatever is in it
    w[15] &= (asked_ & kInnerSrcPort ? 0xffffu : 0) | (asked_ & kInnerDstPort ? 0xffff0000u : 0);
    if (!(asked_ & kInnerIpSrc)) for (u32 i = 16; i < 20; i++) w[i] = 0;
    if (!(asked_ & kInnerIpDst)) for (u32 i = 20; i < 24; i++) w[i] = 0;
  }

  static LACPSCOPE_INLINE u32 CheckOf(u64 digest) { return static_cast<u32>(digest >> 16); }

  u32 Add(u64 digest, u32 row) {
    if (2 * (count + 1) > 4 * (table->mask_ + 1)) Grow();
    const u32 group = ++count;
    groups[group] = {row | FlowTable::Tag(digest), CheckOf(digest), 0, 0, static_cast<u16>(digest), 0};
    table->Place(digest, group);
    return group;
  }

  LACPSCOPE_NOINLINE void Grow() {
    table->mask_ = table->mask_ * 4 + 3;
    if (4ull * (table->mask_ + 1) > most_) table->mask_ = static_cast<u32>(most_ / 4 - 1);
    Clear();
    for (u32 group = 1; group <= count; group++) {
      const JoinGroup& g = groups[group];
      const u64 tag = g.first >> kMaxRowBits;
      table->Place(tag << 56 | static_cast<u64>(g.check) << 16 | g.low, group);
    }
  }
};
