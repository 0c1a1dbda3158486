// The usual frame, with few stores: at most one 802.1Q tag, IPv4 without options, whole, TCP or UDP. It gives what Dissect
// gives for the same frame; all else is left to that one.
#pragma once

#include "movers.hpp"
#include "records.hpp"

LACPSCOPE_INLINE bool DecodeUsual(const Record& record, const DigestKeys& keys, Descriptor& d, u64& digest) {
  const u8* f = record.frame;
  const u32 tag = record.captured > 60 && LoadBe16(f + 12) == 0x8100 ? 4 : 0;
  const u8* packet = f + 14 + tag;
  if (record.captured >= 52 + tag && LoadBe16(f + 12 + tag) == ether::kIpv4 && packet[0] == 0x45 &&
      (LoadBe16(packet + 6) & 0x3fff) == 0) {
    const u32 protocol = packet[9];
    if (protocol == ip::kTcp || protocol == ip::kUdp) {
      const u32 vlan = tag ? 0x8000u | (LoadBe16(f + 14) & 0xfff) : 0;
      const u32 m[8] = {LoadLe32(f), LoadLe32(f + 4), LoadLe32(f + 8), vlan << 16 | ether::kIpv4,
                        LoadLe32(packet + 20), protocol | 4 << 8, LoadLe32(packet + 12), LoadLe32(packet + 16)};
      const u32 ahead = 14 + tag;
      const u32 total = LoadBe16(packet + 2);
      const u32 wire = record.wire - ahead;
      const u32 octets = total == 0 ? wire : Min(total, wire);
      const u32 transport = octets > 20 ? octets - 20 : 0;
      if (transport < (protocol == ip::kTcp ? 20u : 8u)) return false;  // a length that denies its own header
      digest = Digest(keys, m, 8);
      const u32 id = LoadBe16(packet + 4);
      const u8* t = packet + 20;
      u32 flags = (f[0] & 1 ? kGroup : 0) | (id ? kNumbered : 0);
      u32 h = Mix(Mix(0, id), transport);
      d.payload = 0;
      d.sequence = 0;
      if (protocol == ip::kTcp) {
        const u32 header = (t[12] >> 4) * 4u;
        h = Mix(Mix(Mix(h, LoadLe32(t + 4)), LoadLe32(t + 8)), LoadLe32(t + 14));
        if (header >= 20) {
          if (transport > header) {
            flags |= kTcpData | kNumbered;
            d.sequence = LoadBe32(t + 4);
            d.payload = static_cast<u16>(Min(transport - header, 65535));
          } else if (t[13] & 0x10) {
            flags |= kTcpBare;
            d.sequence = LoadBe32(t + 8);
          }
        }
      } else {
        const u32 held = Min(record.captured - ahead - 20, transport);
        h = DigestBytes(h, t, t + held, 24);
      }
      d.flags = static_cast<u8>(flags);
      d.frameDigest = h;
      return true;
    }
  }
  return false;
}
