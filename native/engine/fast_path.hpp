// The usual frame, with few stores: at most one 802.1Q tag, IPv4 without options or IPv6 without extension headers, whole,
// TCP or UDP. It gives what Dissect gives for the same frame; all else is left to that one.
#pragma once

#include "movers.hpp"
#include "records.hpp"

// `t`: the transport header, of which the capture holds `held` octets and the wire had `octets`.
LACPSCOPE_INLINE void DecodeTransport(u32 protocol, const u8* t, u32 held, u32 octets, u32 id, u32 flags, Descriptor& d) {
  if (id) flags |= kNumbered;
  u32 h = Mix(Mix(0, id), octets);
  const u8* number = nullptr;
  u32 syn = 0;
  d.payload = 0;
  if (protocol == ip::kTcp) {
    const u32 header = (t[12] >> 4) * 4u;
    h = Mix(Mix(Mix(h, LoadLe32(t + 4)), LoadLe32(t + 8)), LoadLe32(t + 14));
    if (header >= 20) {
      if (octets > header) {
        flags |= kTcpData | kNumbered;
        number = t + 4;
        syn = t[13] >> 1 & 1;
        d.payload = static_cast<u16>(Min(octets - header, 65535));
      } else {
        d.payload = t[13] & kHandshake;
        if (d.payload & ~kSyn) {
          flags |= kTcpBare;
          number = t + 8;
          if (LoadLe16(t + 14) == 0 && !(t[13] & kSynOrReset)) d.payload |= kClosedWindow;
        }
      }
    }
  } else {
    h = DigestBytes(h, t, t + Min(held, octets), 24);
    if (Min(held, octets) >= kUdpNumbered) number = t + 8;
  }
  d.sequence = number == nullptr ? 0 : LoadBe32(number) + syn;
  d.flags = static_cast<u8>(flags);
  d.frameDigest = h;
}

// With as many octets of it as are looked at.
LACPSCOPE_INLINE bool IsUsualTransport(u32 protocol, const u8* t, u32 held) {
  return protocol == ip::kTcp ? held >= 18 : protocol == ip::kUdp && held >= 8 && !udp::IsTunnel(LoadBe16(t + 2));
}

LACPSCOPE_INLINE u32 SumAt(u32 protocol, const u8* t) {
  return LoadLe16(t + (protocol == ip::kTcp ? 16 : 6));
}

LACPSCOPE_INLINE bool DecodeUsual(const Record& record, const DigestKeys& keys, Descriptor& d, Changing& changing, u64& digest) {
  const u8* f = record.frame;
  if (record.captured < 14 + 20 + 8) return false;
  const u32 tag = LoadBe16(f + 12) == 0x8100 ? 4 : 0;
  const u32 ahead = 14 + tag;
  const u32 type = LoadBe16(f + 12 + tag);
  const u8* packet = f + ahead;
  const u32 vlan = tag ? 0x8000u | (LoadBe16(f + 14) & 0xfff) : 0;
  const u32 wire = record.wire - ahead;
  const u32 flags = f[0] & 1 ? kGroup : 0;
  const u32 priority = tag ? (f[14] >> 5) << 16 : 0;
  if (type == ether::kIpv4) {
    if (packet[0] != 0x45 || (LoadBe16(packet + 6) & 0x3fff) != 0) return false;
    const u32 protocol = packet[9];
    const u8* t = packet + 20;
    const u32 held = record.captured - ahead - 20;
    if (record.captured < ahead + 20 || !IsUsualTransport(protocol, t, held)) return false;
    const u32 total = LoadBe16(packet + 2);
    const u32 octets = total == 0 ? wire : Min(total, wire);
    const u32 transport = octets > 20 ? octets - 20 : 0;
    if (transport < (protocol == ip::kTcp ? 20u : 8u)) return false;  // a length that denies its own header
    const u32 m[kIpv4Words] = {LoadLe32(f), LoadLe32(f + 4), LoadLe32(f + 8), vlan << 16 | type,
                               LoadLe32(t), protocol | 4 << 8, LoadLe32(packet + 12), LoadLe32(packet + 16)};
    digest = Digest(keys, m, kIpv4Words);
    changing.Take(packet + 1, SumAt(protocol, t) | priority);
    DecodeTransport(protocol, t, held, transport, LoadBe16(packet + 4), flags, d);
    return true;
  }
  if (type != ether::kIpv6 || packet[0] >> 4 != 6 || record.captured < ahead + 40) return false;
  const u32 protocol = packet[6];
  const u8* t = packet + 40;
  const u32 held = record.captured - ahead - 40;
  if (!IsUsualTransport(protocol, t, held)) return false;
  const u32 length = LoadBe16(packet + 4);
  const u32 octets = length == 0 ? wire : Min(length + 40, wire);
  const u32 transport = octets > 40 ? octets - 40 : 0;
  if (transport < (protocol == ip::kTcp ? 20u : 8u)) return false;
  u32 m[kIpv6Words] = {LoadLe32(f), LoadLe32(f + 4), LoadLe32(f + 8), vlan << 16 | type, LoadLe32(t), protocol | 6 << 8};
  for (u32 i = 0; i < 8; i++) m[6 + i] = LoadLe32(packet + 8 + 4 * i);
  digest = Digest(keys, m, kIpv6Words);
  changing.Take(packet, SumAt(protocol, t) | priority);
  DecodeTransport(protocol, t, held, transport, 0, flags, d);
  return true;
}
