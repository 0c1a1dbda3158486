// The 64-bit keyed digest that names a flow. Multilinear hashing with half the products (Lemire and Kaser, "Strongly
// universal string hashing is fast"): for two different keys the chance of equal digests is 2^-64, whatever the input, as
// long as its author does not know the keys. So a hit needs no comparison of the header fields.
#pragma once

#include "bytes.hpp"

// Words of a flow key: 8 for IPv4 and for frames without IP, 14 for IPv6, 32 with labels, a session or an inner header.
//  0..2   destination and source MAC       3  VLAN (0x8000 | TagKind << 12 | id, or 0) << 16 | EtherType
//  4      ports as on the wire, or id      5  protocol | IP version << 8 | kind << 16
//  6..    IPv4: source, destination; IPv6: four words each, as on the wire
//  14     inner protocol | inner IP version << 8 | Tunnel << 16
//  15     inner ports, as on the wire      16..23  inner addresses, four words each
//  24..26 inner destination and source MAC 27  VNI, GRE key or TEID
//  28, 29 outermost and last MPLS label    30  PPPoE session (all three with kPresent)
constexpr u32 kKeyWords = 32;
constexpr u32 kExtraAt = 14, kExtraWords = 18;
constexpr u32 kIpv4Words = 8;
constexpr u32 kIpv6Words = 14;

struct DigestKeys {
  u64 first[kKeyWords];
  u64 second[kKeyWords];
};

LACPSCOPE_INLINE u64 HalfSum(const u64* k, const u32* m, u32 words) {
  u64 sum = 0;
  for (u32 i = 0; i < words; i += 2) sum += (k[i] + m[i]) * (k[i + 1] + m[i + 1]);
  return sum;
}

// Of sums: their upper halves. Keys that count up make sums that count up, now and then in steps so small that an index chosen by
// their last bits would be one long chain; so those are scattered, each to a value of its own, and the bound stays as it is.
LACPSCOPE_INLINE u64 Halves(u64 high, u64 low) {
  u32 x = static_cast<u32>(low >> 32);
  x = (x ^ x >> 15) * 0x2c1b3c6du;
  return high >> 32 << 32 | (x ^ x >> 12);
}

// Every word meets its own key in each half: a key used twice in one sum would void the bound.
LACPSCOPE_INLINE u64 Digest(const DigestKeys& keys, const u32* m, u32 words) {
  return Halves(HalfSum(keys.first, m, words), HalfSum(keys.second, m, words));
}

// Mixes a word into a digest of a frame's identity (duplicates); not keyed, only ever compared within one flow.
LACPSCOPE_INLINE u64 MixLong(u64 h, u64 word) {
  h = (h ^ word) * 0x9e3779b97f4a7c15ull;
  return h ^ h >> 32;
}

LACPSCOPE_INLINE u32 Mix(u32 h, u32 word) {
  h ^= word;
  h *= 0x9e3779b1u;
  return h ^ h >> 15;
}
