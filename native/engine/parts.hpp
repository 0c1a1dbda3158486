// Rows brought together by the first bits of a digest each, so many at a time that what finds them again fits a cache near the
// processor. Each takes twelve octets, with the rest of its digest and what else is to be known of it: rows are not looked at again.
#pragma once

#include "bytes.hpp"

class Parts {
 public:
  static constexpr u32 kInBlock = 42;

  struct Block {
    u64 entry[kInBlock];  // digest and row; group and row, once that is known
    u32 note[kInBlock];
    u32 count, next;
  };
  static_assert(sizeof(Block) == 512, "lines");

  static constexpr u64 OctetsFor(u64 rows) { return (rows / kInBlock + rows / kRowsMost * 2 + 2) * sizeof(Block); }

  // @param rows the greatest number of one; @param expected how many are put, about
  void Start(void* room, u32 rows, u32 expected) {
    blocks_ = static_cast<Block*>(room);
    used_ = 0;
    rowBits_ = 32 - static_cast<u32>(__builtin_clz(rows | 1));
    bits_ = 0;
    while (2u << bits_ <= kPartsMost && kRowsMost << bits_ < expected) bits_++;
    for (u32 part = 0; part < count(); part++) first_[part] = last_[part] = Add();
  }

  u32 count() const { return 1u << bits_; }

  LACPSCOPE_INLINE void Put(u32 row, u64 digest, u32 note) {
    const u32 part = bits_ == 0 ? 0 : static_cast<u32>(digest >> (64 - bits_));
    Block* block = blocks_ + last_[part];
    if (block->count == kInBlock) block = Chain(part);
    block->entry[block->count] = digest << rowBits_ | row;
    block->note[block->count++] = note;
  }

  // In the order in which rows were put.
  template <typename Visit>
  void EachBlock(u32 part, Visit visit) {
    for (u32 block = first_[part];; block = blocks_[block].next) {
      visit(blocks_[block]);
      if (block == last_[part]) return;
    }
  }

  LACPSCOPE_INLINE u32 Row(u64 entry) const { return static_cast<u32>(entry) & ((1u << rowBits_) - 1); }
  // All of the digest that tells rows of a part from each other, its last bits where they were.
  LACPSCOPE_INLINE u64 Rest(u64 entry) const { return entry >> rowBits_ | entry >> (64 - 8) << 56; }
  LACPSCOPE_INLINE u64 WithGroup(u64 entry, u32 group) const { return static_cast<u64>(group) << rowBits_ | Row(entry); }
  LACPSCOPE_INLINE u32 Group(u64 entry) const { return static_cast<u32>(entry >> rowBits_); }

 private:
  static constexpr u32 kRowsMost = 1 << 13, kPartsMost = 1 << 11;

  Block* blocks_;
  u32 used_, rowBits_, bits_;
  u32 first_[kPartsMost], last_[kPartsMost];

  u32 Add() {
    blocks_[used_].count = 0;
    return used_++;
  }

  LACPSCOPE_NOINLINE Block* Chain(u32 part) {
    const u32 next = Add();
    blocks_[last_[part]].next = next;
    last_[part] = next;
    return blocks_ + next;
  }
};
