// IP headers: where the transport header is, and what of it the capture holds. RFC 791, RFC 8200, RFC 4302 (AH).
#pragma once

#include "link_layer.hpp"

namespace ip {
constexpr u32 kIcmp = 1, kIpIp = 4, kTcp = 6, kUdp = 17, kDccp = 33, kIpv6 = 41, kGre = 47, kEsp = 50, kAh = 51, kIcmp6 = 58,
              kSctp = 132, kUdpLite = 136;
constexpr u32 kMaxHeaders = 8;
LACPSCOPE_INLINE bool HasPorts(u32 p) { return p == kTcp || p == kUdp || p == kSctp || p == kUdpLite || p == kDccp; }
}  // namespace ip

struct IpPacket {
  u32 version;
  u32 protocol;
  const u8* transport;  // may equal end
  const u8* end;        // captured bytes of this packet
  u32 transportOctets;  // on the wire, from the transport header on
  u32 securityId;       // SPI of an AH header, else 0
  u32 flowLabel;
  u32 identification;   // IPv4 id, or that of an IPv6 fragment header
  const u8* changing;   // the octets that Changing keeps
  bool firstFragment, laterFragment, atomic, cut;
};

// Offload leaves the IPv4 total length 0, and jumbograms the IPv6 payload length: then the frame's own length counts.
inline bool ReadIpv4(const Cursor& cursor, u32* addresses, IpPacket& packet) {
  const u8* at = cursor.at;
  const u32 captured = cursor.captured();
  if (captured < 20) return false;
  const u32 header = (at[0] & 15u) * 4;
  if (at[0] >> 4 != 4 || header < 20) return false;
  const u32 total = LoadBe16(at + 2);
  const u32 octets = total == 0 ? cursor.wire : Min(total, cursor.wire);
  const u32 fragment = LoadBe16(at + 6);
  packet.version = 4;
  packet.protocol = at[9];
  packet.identification = LoadBe16(at + 4);
  packet.changing = at + 1;
  packet.laterFragment = (fragment & 0x1fff) != 0;
  packet.firstFragment = !packet.laterFragment && (fragment & 0x2000) != 0;
  addresses[0] = LoadLe32(at + 12);
  addresses[1] = LoadLe32(at + 16);
  packet.cut = captured < header;
  packet.transport = at + Min(header, captured);
  packet.end = at + Min(captured, Max(octets, header));
  packet.transportOctets = octets > header ? octets - header : 0;
  return true;
}

inline bool ReadIpv6(const Cursor& cursor, u32* addresses, IpPacket& packet) {
  const u8* at = cursor.at;
  if (cursor.captured() < 40 || at[0] >> 4 != 6) return false;
  const u32 length = LoadBe16(at + 4);
  const u32 octets = length == 0 ? cursor.wire : Min(length + 40, cursor.wire);
  packet.version = 6;
  packet.flowLabel = LoadBe32(at) & 0xfffff;
  packet.changing = at;
  packet.protocol = at[6];
  for (u32 i = 0; i < 8; i++) addresses[i] = LoadLe32(at + 8 + 4 * i);
  packet.transport = at + 40;
  packet.end = at + Min(cursor.captured(), Max(octets, 40));
  packet.transportOctets = octets > 40 ? octets - 40 : 0;
  return true;
}

// Steps over extension headers (both versions may carry AH); bounded, so that a chain cannot hold us up.
inline void SkipExtensions(IpPacket& packet) {
  for (u32 step = 0; step < ip::kMaxHeaders && !packet.laterFragment; step++) {
    const u8* at = packet.transport;
    const bool option = packet.version == 6 && (packet.protocol == 0 || packet.protocol == 43 || packet.protocol == 60 ||
                                                packet.protocol == 135 || packet.protocol == 139 || packet.protocol == 140);
    const bool fragment = packet.version == 6 && packet.protocol == 44;
    const bool security = packet.protocol == ip::kAh;
    if (!option && !fragment && !security) return;
    if (packet.end - at < 8) {
      packet.cut = true;
      return;
    }
    const u32 length = fragment ? 8 : security ? (at[1] + 2u) * 4 : (at[1] + 1u) * 8;
    if (fragment) {
      const u32 offset = LoadBe16(at + 2);
      packet.identification = LoadBe32(at + 4);
      packet.laterFragment = (offset & 0xfff8) != 0;
      packet.firstFragment = !packet.laterFragment && (offset & 1) != 0;
      packet.atomic = (offset & 0xfff9) == 0;
    }
    if (security) packet.securityId = LoadLe32(at + 4);
    packet.protocol = at[0];
    if (static_cast<u32>(packet.end - at) < length) {
      packet.transport = packet.end;
      packet.cut = true;
      return;
    }
    packet.transport = at + length;
    packet.transportOctets = packet.transportOctets > length ? packet.transportOctets - length : 0;
  }
}

// The packet on which the cursor stands, up to its transport header. The version decides where the type says IPv4: links
// without an EtherType of their own carry both under it.
inline bool ReadIp(const Cursor& cursor, u32* addresses, IpPacket& packet) {
  const bool six = cursor.type == ether::kIpv6 || (cursor.captured() > 0 && cursor.at[0] >> 4 == 6);
  if (!(six ? ReadIpv6(cursor, addresses, packet) : ReadIpv4(cursor, addresses, packet))) return false;
  SkipExtensions(packet);
  return true;
}
