// The usual frame, with few stores: at most one 802.1Q tag, IPv4 without options or IPv6 without extension headers, whole,
// TCP or UDP. It gives what Dissect gives for the same frame; all else is left to that one.
#pragma once

#include "descriptor.hpp"
#include "dissect.hpp"

// An IP packet up to its transport header.
struct UsualPacket {
  const u8* transport;
  u32 held;    // octets of it that the capture holds
  u32 octets;  // that the wire had
  u32 identification;  // as DigestTcp takes it
  u32 port;
  u32 flags;
  u32 priority;  // as in Changing.sumAndPriority
};

// With as many octets of it as are looked at, and none whose lengths deny their own headers.
LACPSCOPE_INLINE bool IsUsualTcp(const UsualPacket& p) { return p.held >= 18 && p.octets >= 20 && p.transport[12] >= 0x50; }
LACPSCOPE_INLINE bool IsUsualUdp(const UsualPacket& p) {
  return p.held >= 8 && p.octets >= 8 && !udp::IsTunnel(LoadBe16(p.transport + 2));
}

LACPSCOPE_INLINE void DecodeTcp(const UsualPacket& p, Descriptor& d, Changing& changing) {
  const u8* t = p.transport;
  changing.sumAndPriority = LoadLe16(t + 16) | p.priority;
  d.frameDigest = DigestTcp(p.identification, p.octets, t);
  const u32 header = t[12] >> 2 & ~3u;
  if (p.octets > header) {
    d.sequence = LoadBe32(t + 4) + (t[13] >> 1 & 1);
    d.SetKind(Min(p.octets - header, 65535), p.flags | kTcpData | kNumbered, p.port);
    return;
  }
  const u32 numbered = p.identification ? kNumbered : 0;
  const u32 handshake = t[13] & kHandshake;
  if (handshake & ~kSyn) {
    d.sequence = LoadBe32(t + 8);
    const u32 closed = LoadLe16(t + 14) == 0 && !(t[13] & kSynOrReset) ? kClosedWindow : 0;
    d.SetKind(handshake | closed, p.flags | numbered | kTcpBare, p.port);
  } else {
    d.sequence = 0;
    d.SetKind(handshake, p.flags | numbered, p.port);
  }
}

LACPSCOPE_INLINE void DecodeUdp(const UsualPacket& p, Descriptor& d, Changing& changing) {
  const u8* t = p.transport;
  const u32 here = Min(p.held, p.octets);
  changing.sumAndPriority = LoadLe16(t + 6) | p.priority;
  d.frameDigest = DigestBytes(BeginDigest(p.identification, p.octets), t, Min(here, kDigestedOctets));
  d.sequence = here >= kUdpNumbered ? LoadBe32(t + 8) : 0;
  d.SetKind(0, p.flags | (p.identification ? kNumbered : 0), p.port);
}

// False, and nothing is of use, where it is none. Numbers of two octets are compared as they are.
LACPSCOPE_INLINE bool DecodeUsual(const u8* f, u32 captured, u32 port, const DigestKeys& keys, Descriptor& d, Changing& changing,
                                  u64& digest) {
  constexpr u32 kTag = 0x0081, kIpv4 = 0x0008, kIpv6 = 0xdd86;
  if (captured < 14 + 20 + 8) return false;
  u32 ahead = 14;
  u32 tag = 0;
  UsualPacket p;
  p.priority = 0;
  if (LoadLe16(f + 12) == kTag) {
    ahead = 18;
    const u32 control = LoadBe16(f + 14);
    tag = (0x8000u | (control & 0xfff)) << 16;
    p.priority = control >> 13 << 16;
  }
  const u8* packet = f + ahead;
  const u32 type = LoadLe16(packet - 2);
  const u32 wire = d.wire - ahead;
  const u32 held = captured - ahead;
  p.port = port;
  p.flags = f[0] << 4 & kGroup;
  static_assert(kGroup == 1 << 4, "the lowest bit of an address is that of groups");
  if (type == kIpv4) {
    if (packet[0] != 0x45 || (LoadLe16(packet + 6) & 0xff3f) != 0) return false;
    const u32 octets = Min(LoadBe16(packet + 2) - 1u, wire - 1) + 1;  // 0: those of the frame
    if (held < 20 || octets < 20) return false;
    const u32 protocol = packet[9];
    p.transport = packet + 20;
    p.held = held - 20;
    p.octets = octets - 20;
    p.identification = LoadLe32(packet + 2) & 0xffff0000;
    if (protocol == ip::kTcp) {
      if (!IsUsualTcp(p)) return false;
      DecodeTcp(p, d, changing);
    } else {
      if (protocol != ip::kUdp || !IsUsualUdp(p)) return false;
      DecodeUdp(p, d, changing);
    }
    __builtin_memcpy(changing.head, packet + 1, 8);
    const u32 m[kIpv4Words] = {LoadLe32(f), LoadLe32(f + 4), LoadLe32(f + 8), tag | ether::kIpv4,
                               LoadLe32(packet + 20), protocol | 4 << 8, LoadLe32(packet + 12), LoadLe32(packet + 16)};
    digest = Digest(keys, m, kIpv4Words);
    return true;
  }
  if (type != kIpv6 || packet[0] >> 4 != 6 || held < 40) return false;
  const u32 protocol = packet[6];
  const u32 length = LoadBe16(packet + 4);
  const u32 octets = length == 0 ? wire : Min(length + 40, wire);
  if (octets < 40) return false;
  p.transport = packet + 40;
  p.held = held - 40;
  p.octets = octets - 40;
  p.identification = 0;
  if (protocol == ip::kTcp) {
    if (!IsUsualTcp(p)) return false;
    DecodeTcp(p, d, changing);
  } else {
    if (protocol != ip::kUdp || !IsUsualUdp(p)) return false;
    DecodeUdp(p, d, changing);
  }
  __builtin_memcpy(changing.head, packet, 8);
  u32 m[kIpv6Words] = {LoadLe32(f), LoadLe32(f + 4), LoadLe32(f + 8), tag | ether::kIpv6, LoadLe32(packet + 40), protocol | 6 << 8};
  for (u32 i = 0; i < 8; i++) m[6 + i] = LoadLe32(packet + 8 + 4 * i);
  digest = Digest(keys, m, kIpv6Words);
  return true;
}
