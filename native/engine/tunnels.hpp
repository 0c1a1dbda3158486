// What is inside of a tunnel: addresses, protocol, ports and MACs of the inner headers, one level deep, as fields of the
// flow's key. RFC 2003 (IP-in-IP), 2784 and 2890 (GRE), 2637 (PPTP), 7637 (NVGRE), 7348 (VXLAN), VXLAN-GPE draft,
// 8926 (Geneve), 3GPP TS 29.281 (GTP-U), draft-foschiano-erspan (ERSPAN).
#pragma once

#include "ip.hpp"

namespace udp {
constexpr u32 kVxlan = 4789, kVxlanLinux = 8472, kVxlanGpe = 4790, kGeneve = 6081, kGtp = 2152;
// The destination port alone: the source port of such datagrams is drawn from the inner flow.
LACPSCOPE_INLINE bool IsTunnel(u32 port) {
  return port == kVxlan || port == kVxlanLinux || port == kVxlanGpe || port == kGeneve || port == kGtp;
}
}  // namespace udp

// A header that says what follows. The cursor goes to it, its type to that; false where nothing is known of the inside.
struct TunnelHeader {
  u32 kind;
  u32 id;            // VNI, GRE key, TEID; 0 without
  bool ethernet;     // the cursor stands on a whole frame
};

inline bool ReadGre(Cursor& cursor, TunnelHeader& header) {
  header.kind = kGreTunnel;
  if (cursor.captured() < 4) return false;
  const u32 flags = LoadBe16(cursor.at);
  const u32 type = LoadBe16(cursor.at + 2);
  const u32 version = flags & 7;
  if (version > 1 || (flags & 0x4000) != 0) return false;  // source routes were never used
  const bool keyed = (flags & 0x2000) != 0, numbered = (flags & 0x1000) != 0;
  const u32 checksum = (flags & 0x8000) ? 4 : 0;
  if (keyed && cursor.captured() >= 8 + checksum) {
    const u32 key = LoadBe32(cursor.at + 4 + checksum);
    header.id = version == 1 ? key & 0xffff : key;  // the upper half of a PPTP key is a length
  }
  const u32 acknowledged = version == 1 && (flags & 0x80) ? 4 : 0;
  if (!cursor.Skip(4 + checksum + (keyed ? 4 : 0) + (numbered ? 4 : 0) + acknowledged)) return false;
  cursor.type = type;
  if (type == 0x88be) {  // ERSPAN: type I has no header of its own, type II one of 8 octets
    header.ethernet = true;
    return !numbered || cursor.Skip(8);
  }
  if (type == 0x22eb) {  // ERSPAN type III: 12 octets, and 8 more where its last bit says so
    if (cursor.captured() < 12) return false;
    header.ethernet = true;
    return cursor.Skip(cursor.at[11] & 1 ? 20 : 12);
  }
  header.ethernet = type == ether::kBridged;
  return header.ethernet || type == ether::kIpv4 || type == ether::kIpv6 || type == ether::kMpls;
}

inline bool ReadVxlan(Cursor& cursor, TunnelHeader& header, bool generic) {
  header.kind = kVxlan;
  if (cursor.captured() < 8 || (cursor.at[0] & 0x08) == 0) return false;  // a VNI is there
  header.id = LoadBe32(cursor.at + 4) >> 8;
  const u32 next = generic && (cursor.at[0] & 0x04) ? cursor.at[3] : 3;
  header.ethernet = next == 3;
  cursor.type = next == 1 ? ether::kIpv4 : next == 2 ? ether::kIpv6 : next == 4 ? ether::kService : 0;
  return cursor.Skip(8) && next >= 1 && next <= 4;
}

inline bool ReadGeneve(Cursor& cursor, TunnelHeader& header) {
  header.kind = kGeneve;
  if (cursor.captured() < 8 || cursor.at[0] >> 6 != 0) return false;
  const u32 type = LoadBe16(cursor.at + 2);
  header.id = LoadBe32(cursor.at + 4) >> 8;
  header.ethernet = type == ether::kBridged;
  cursor.type = type;
  return cursor.Skip(8 + (cursor.at[0] & 0x3fu) * 4) && (header.ethernet || type == ether::kIpv4 || type == ether::kIpv6);
}

inline bool ReadGtp(Cursor& cursor, TunnelHeader& header) {
  constexpr u32 kUserData = 255;
  header.kind = kGtp;
  if (cursor.captured() < 8) return false;
  const u32 flags = cursor.at[0];
  if (flags >> 5 != 1 || (flags & 0x10) == 0 || cursor.at[1] != kUserData) return false;
  header.id = LoadBe32(cursor.at + 4);
  u32 next = 0;
  if (flags & 7) {  // sequence number, N-PDU number and next extension come together
    if (cursor.captured() < 12) return false;
    next = flags & 4 ? cursor.at[11] : 0;
    cursor.Skip(12);
  } else {
    cursor.Skip(8);
  }
  for (u32 step = 0; next != 0 && step < ip::kMaxHeaders; step++) {
    if (cursor.captured() < 1) return false;
    const u32 octets = cursor.at[0] * 4u;
    if (octets == 0 || cursor.captured() < octets) return false;
    next = cursor.at[octets - 1];
    cursor.Skip(octets);
  }
  cursor.type = TypeOfVersion(cursor);
  return next == 0 && cursor.type != 0;
}

inline bool ReadTunnelHeader(const IpPacket& outer, Cursor& cursor, TunnelHeader& header) {
  if (outer.protocol == ip::kIpIp || outer.protocol == ip::kIpv6) {
    header.kind = kIpInIp;
    cursor.type = outer.protocol == ip::kIpIp ? ether::kIpv4 : ether::kIpv6;
    return true;
  }
  if (outer.protocol == ip::kGre) return ReadGre(cursor, header);
  if (outer.protocol != ip::kUdp || cursor.captured() < 8) return false;
  const u32 port = LoadBe16(cursor.at + 2);
  if (!udp::IsTunnel(port)) return false;
  cursor.Skip(8);
  if (port == udp::kGeneve) return ReadGeneve(cursor, header);
  if (port == udp::kGtp) return ReadGtp(cursor, header);
  return ReadVxlan(cursor, header, port == udp::kVxlanGpe);
}

// Only of whole outer datagrams: a fragment shows the inner headers once, or in part.
inline void ReadTunnel(const IpPacket& outer, Parsed& parsed) {
  Cursor cursor = {outer.transport, outer.end, outer.transportOctets, 0};
  TunnelHeader header = {};
  Shims shims;
  const bool readable = ReadTunnelHeader(outer, cursor, header);
  if (header.id != 0) {
    parsed.hasExtra = true;
    parsed.key[14] = header.kind << 16;
    parsed.key[27] = header.id;
  }
  if (!readable || (header.ethernet && !ReadInnerEthernet(cursor, shims))) {
    if (header.kind != kNoTunnel && cursor.captured() < cursor.wire) parsed.flags |= kTruncated;
    return;
  }
  ReadShims(cursor, shims);
  if (shims.macs != nullptr) {
    parsed.hasExtra = true;
    parsed.key[14] = header.kind << 16;
    for (u32 i = 0; i < 3; i++) parsed.key[24 + i] = LoadLe32(shims.macs + 4 * i);
  }
  if (cursor.type != ether::kIpv4 && cursor.type != ether::kIpv6) return;
  IpPacket inner = {};
  u32 addresses[8] = {};
  if (!ReadIp(cursor, addresses, inner)) {
    if (cursor.captured() < cursor.wire) parsed.flags |= kTruncated;
    return;
  }
  parsed.hasInner = parsed.hasExtra = true;
  parsed.key[14] = inner.protocol | inner.version << 8 | header.kind << 16;
  const bool whole = !inner.firstFragment && !inner.laterFragment;
  if (whole && ip::HasPorts(inner.protocol) && inner.end - inner.transport >= 4) {
    parsed.hasInnerPorts = true;
    parsed.key[15] = LoadLe32(inner.transport);
  }
  for (u32 i = 0; i < 4; i++) {
    parsed.key[16 + i] = inner.version == 4 ? (i == 0 ? addresses[0] : 0) : addresses[i];
    parsed.key[20 + i] = inner.version == 4 ? (i == 0 ? addresses[1] : 0) : addresses[4 + i];
  }
}
