// Header fields of a flow as words that can be compared, whichever of them a question names.
#pragma once

#include "digest.hpp"
#include "flow_fields.hpp"

// Header fields, in the order in which the analysis names them.
enum JoinField : u32 {
  kEthSrc = 1 << 0, kEthDst = 1 << 1, kEthType = 1 << 2, kVlanId = 1 << 3, kIpSrc = 1 << 4, kIpDst = 1 << 5, kIpProto = 1 << 6,
  kSrcPort = 1 << 7, kDstPort = 1 << 8, kFlowLabel = 1 << 9,
  kInnerIpSrc = 1 << 10, kInnerIpDst = 1 << 11, kInnerIpProto = 1 << 12, kInnerSrcPort = 1 << 13, kInnerDstPort = 1 << 14,
  kFieldEnd = 1 << 15,
  // How to read them.
  kUnordered = 1 << 18,  // whichever end is which
  kSumFrames = 1 << 19,  // JoinGroup.sum in frames
  kSumOctets = 1 << 20,  // in octets; without either rows are not looked at, and there is no sum
};
constexpr u32 kFieldCount = 15;
constexpr u32 kInnerFields = kInnerIpSrc | kInnerIpDst | kInnerIpProto | kInnerSrcPort | kInnerDstPort;
constexpr u32 kJoinWords = 24;  // without inner MACs, labels and ids

// Of IPv4: whichever end is lower comes first, by address and then by port. Without a branch: which is, nobody foretells.
LACPSCOPE_INLINE bool EndsAreExchanged(u32 source, u32 target, u32 ports) {
  return (target < source) | ((target == source) & (ports >> 16 < (ports & 0xffff)));
}

// Words as in the key of a flow, but word 5: protocol, IP version << 8, flow label << 12.
struct JoinKey {
  u32 word[kJoinWords];

  LACPSCOPE_INLINE bool IsSix() const { return (word[5] >> 8 & 15) == 6; }
  LACPSCOPE_INLINE u32 TargetAt() const { return IsSix() ? 10 : 7; }

  // @returns how many words there are; word 14 is there in any case.
  LACPSCOPE_INLINE u32 Load(const FlowFields& flows, u32 row) {
    for (u32 i = 0; i < 4; i++) word[i] = flows.Word(row, i);
    word[4] = flows.Ports(row);
    const u32 version = flows.Version(row);
    word[5] = flows.Protocol(row) | version << 8 | flows.FlowLabel(row) << 12;
    u32 words = kIpv4Words;
    if (version == 6) {
      const u32* addresses = flows.LongAddresses(row);
      for (u32 i = 0; i < 8; i++) word[6 + i] = addresses[i];
      words = kIpv6Words;
    } else {
      word[6] = version == 4 ? flows.Address(row, 0) : 0;
      word[7] = version == 4 ? flows.Address(row, 1) : 0;
    }
    if (!(flows.Flags(row) & kInnerSeen)) {
      word[14] = 0;
      return words;
    }
    if (version != 6) for (u32 i = 8; i < kIpv6Words; i++) word[i] = 0;
    for (u32 i = 14; i < kJoinWords; i++) word[i] = flows.ExtraWord(row, i);
    word[14] &= 0xffff;  // of which kind the tunnel is, no field says
    return kJoinWords;
  }

  // Four words that equal values have in common, and others have not.
  LACPSCOPE_INLINE void Value(u32 f, u32* v) const {
    v[0] = v[1] = v[2] = v[3] = 0;
    switch (1u << f) {
      case kEthSrc: v[0] = word[1] >> 16, v[1] = word[2]; return;
      case kEthDst: v[0] = word[0], v[1] = word[1] & 0xffff; return;
      case kEthType: v[0] = word[3] & 0xffff; return;
      case kVlanId: v[0] = word[3] >> 16 & 0xfff; return;
      case kIpSrc: Address(6, v); return;
      case kIpDst: Address(TargetAt(), v); return;
      case kIpProto: v[0] = word[5] & 0xff; return;
      case kSrcPort: v[0] = word[4] & 0xffff; return;
      case kDstPort: v[0] = word[4] >> 16; return;
      case kFlowLabel: v[0] = word[5] >> 12; return;
      default: break;
    }
    if (word[14] == 0) return;
    const u32 version = word[14] >> 8 & 15;
    v[1] = 1;  // 0 in a tunnel is not the same as no tunnel
    switch (1u << f) {
      // Addresses of version 4 fill one word of four: the version tells them from others.
      case kInnerIpSrc: for (u32 i = 0; i < 4; i++) v[i] = word[16 + i]; v[3] ^= version << 28; return;
      case kInnerIpDst: for (u32 i = 0; i < 4; i++) v[i] = word[20 + i]; v[3] ^= version << 28; return;
      case kInnerIpProto: v[0] = word[14] & 0xff; return;
      case kInnerSrcPort: v[0] = word[15] & 0xffff; return;
      default: v[0] = word[15] >> 16; return;
    }
  }

  // Whichever end is lower comes first; @returns whether they were exchanged.
  bool OrderEnds() {
    if (!TargetIsLower()) return false;
    const u32 n = IsSix() ? 4 : 1, target = TargetAt();
    for (u32 i = 0; i < n; i++) {
      const u32 source = word[6 + i];
      word[6 + i] = word[target + i];
      word[target + i] = source;
    }
    word[4] = word[4] << 16 | word[4] >> 16;
    return true;
  }

  bool EndsAreEqual() const {
    const u32 n = IsSix() ? 4 : 1, target = TargetAt();
    for (u32 i = 0; i < n; i++) if (word[6 + i] != word[target + i]) return false;
    return word[4] >> 16 == (word[4] & 0xffff);
  }

 private:
  LACPSCOPE_INLINE void Address(u32 at, u32* v) const {
    if (!IsSix()) v[0] = word[at];
    else for (u32 i = 0; i < 4; i++) v[i] = word[at + i];
  }

  bool TargetIsLower() const {
    const u32 n = IsSix() ? 4 : 1, target = TargetAt();
    for (u32 i = 0; i < n; i++) if (word[6 + i] != word[target + i]) return word[target + i] < word[6 + i];
    return word[4] >> 16 < (word[4] & 0xffff);
  }
};
