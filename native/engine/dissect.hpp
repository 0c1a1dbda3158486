// From the bytes of an Ethernet frame to the key of its flow and what the counters need. Layouts: IEEE 802.3 and 802.1Q,
// RFC 791 (IPv4), RFC 8200 (IPv6), RFC 9293 (TCP), RFC 768 (UDP), RFC 792 and 4443 (ICMP), RFC 2784 and 2890 (GRE),
// RFC 4302 and 4303 (AH, ESP). What the snap length cut off is "not seen": it is flagged, never read as zero.
#pragma once

#include "digest.hpp"

enum FrameFlag : u32 {
  kTcpData = 1,       // sequence is the TCP sequence number, payload > 0
  kTcpBare = 2,       // no payload: sequence holds the acknowledgement number
  kFirstFragment = 4,
  kLaterFragment = 8,
  kGroup = 16,        // broadcast or multicast destination
  kNumbered = 32,     // something in the frame tells it from an equal one (IP id, payload sequence)
  kTruncated = 64,    // a header that was on the wire is not in the capture
  kEgressOverflow = 128,  // set late: direction of a frame whose flow has no row
};

enum FlowKind : u32 { kIp = 0, kNoIp = 1, kUndecodable = 2 };
enum ControlKind : u32 { kNoControl = 0, kSlow = 1, kLldp = 2, kCdp = 3 };

struct Parsed {
  u32 key[kKeyWords];
  u32 keyWords;
  u64 fragmentKey;   // of addresses, protocol and IP id; 0 for whole datagrams
  u32 flags;
  u32 sequence;      // see kTcpData, kTcpBare
  u32 frameDigest;   // equal for copies of one frame
  u32 payload;       // TCP payload octets, clamped to 65535
  u32 flowLabel;
  u32 control;       // ControlKind
  u32 controlAt;     // offset of its payload
  bool hasPorts;
  bool hasInner;
};

namespace ether {
constexpr u32 kIpv4 = 0x0800, kIpv6 = 0x86dd, kSlow = 0x8809, kLldp = 0x88cc;
constexpr u32 kMaxTags = 8, kMaxHeaders = 8;
LACPSCOPE_INLINE bool IsTag(u32 type) { return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200; }
}  // namespace ether

namespace ip {
constexpr u32 kIcmp = 1, kIpIp = 4, kTcp = 6, kUdp = 17, kIpv6 = 41, kGre = 47, kEsp = 50, kAh = 51, kIcmp6 = 58,
              kSctp = 132, kUdpLite = 136, kDccp = 33;
LACPSCOPE_INLINE bool HasPorts(u32 p) { return p == kTcp || p == kUdp || p == kSctp || p == kUdpLite || p == kDccp; }
}  // namespace ip

LACPSCOPE_INLINE u32 DigestBytes(u32 h, const u8* at, const u8* end, u32 most) {
  const u32 n = Min(static_cast<u32>(end - at), most);
  u32 i = 0;
  for (; i + 4 <= n; i += 4) h = Mix(h, LoadLe32(at + i));
  for (; i < n; i++) h = Mix(h, at[i]);
  return Mix(h, n);
}

// Where the transport header of an IP packet is, and what of it the capture holds.
struct IpPacket {
  u32 version;
  u32 protocol;
  const u8* transport;  // may equal end
  const u8* end;        // captured bytes of this packet
  u32 transportOctets;  // on the wire, from the transport header on
  u32 securityId;       // SPI of an AH header, else 0
  u32 flowLabel;
  u32 identification;   // IPv4 id, or that of an IPv6 fragment header
  bool firstFragment, laterFragment, cut;
};

// `wire` is what the frame had from `at` on; offload leaves IPv4 total length and IPv6 payload length 0.
inline bool ReadIpv4(const u8* at, const u8* end, u32 wire, u32* addresses, IpPacket& packet) {
  if (end - at < 20) return false;
  const u32 header = (at[0] & 15u) * 4;
  if (at[0] >> 4 != 4 || header < 20) return false;
  const u32 total = LoadBe16(at + 2);
  const u32 octets = total == 0 ? wire : Min(total, wire);
  const u32 fragment = LoadBe16(at + 6);
  packet.version = 4;
  packet.protocol = at[9];
  packet.identification = LoadBe16(at + 4);
  packet.laterFragment = (fragment & 0x1fff) != 0;
  packet.firstFragment = !packet.laterFragment && (fragment & 0x2000) != 0;
  addresses[0] = LoadLe32(at + 12);
  addresses[1] = LoadLe32(at + 16);
  const u32 captured = static_cast<u32>(end - at);
  packet.cut = captured < header;
  packet.transport = at + Min(header, captured);
  packet.end = at + Min(captured, Max(octets, header));
  if (packet.end < packet.transport) packet.end = packet.transport;
  packet.transportOctets = octets > header ? octets - header : 0;
  return true;
}

inline bool ReadIpv6(const u8* at, const u8* end, u32 wire, u32* addresses, IpPacket& packet) {
  if (end - at < 40 || at[0] >> 4 != 6) return false;
  const u32 length = LoadBe16(at + 4);
  const u32 octets = length == 0 ? wire : Min(length + 40, wire);
  packet.version = 6;
  packet.flowLabel = LoadBe32(at) & 0xfffff;
  packet.protocol = at[6];
  for (u32 i = 0; i < 8; i++) addresses[i] = LoadLe32(at + 8 + 4 * i);
  packet.transport = at + 40;
  packet.end = at + Min(static_cast<u32>(end - at), Max(octets, 40));
  packet.transportOctets = octets > 40 ? octets - 40 : 0;
  return true;
}

// Steps over extension headers (both versions may carry AH); bounded, so that a chain cannot hold us up.
inline void SkipExtensions(IpPacket& packet) {
  for (u32 step = 0; step < ether::kMaxHeaders && !packet.laterFragment; step++) {
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

LACPSCOPE_INLINE u32 IcmpId(const u8* at, u32 protocol) {
  const u32 type = at[0];
  const bool query = protocol == ip::kIcmp ? type == 0 || type == 8 || (type >= 13 && type <= 18) : type == 128 || type == 129;
  return type << 16 | (query ? LoadBe16(at + 4) : 0);
}

// An IP packet behind IP-in-IP, 6in4 or GRE: its addresses, protocol and ports become part of the flow's key.
inline void ReadInner(const IpPacket& outer, Parsed& parsed) {
  const u8* at = outer.transport;
  u32 wire = outer.transportOctets;
  u32 version = outer.protocol == ip::kIpIp ? 4 : outer.protocol == ip::kIpv6 ? 6 : 0;
  if (outer.protocol == ip::kGre) {
    if (outer.end - at < 4) return;
    const u32 flags = LoadBe16(at);
    if ((flags & 7) != 0) return;  // version 1 is PPTP
    u32 type = LoadBe16(at + 2);
    u32 skip = 4 + ((flags & 0x8000) ? 4 : 0) + ((flags & 0x2000) ? 4 : 0) + ((flags & 0x1000) ? 4 : 0);
    if (type == 0x6558) {  // GRE-TAP: a whole Ethernet frame
      if (static_cast<u32>(outer.end - at) < skip + 14) return;
      skip += 12;
      type = LoadBe16(at + skip);
      for (u32 tag = 0; tag < 2 && ether::IsTag(type) && static_cast<u32>(outer.end - at) >= skip + 6; tag++) {
        skip += 4;
        type = LoadBe16(at + skip);
      }
      skip += 2;
    }
    version = type == ether::kIpv4 ? 4 : type == ether::kIpv6 ? 6 : 0;
    if (version == 0 || static_cast<u32>(outer.end - at) < skip) return;
    at += skip;
    wire = wire > skip ? wire - skip : 0;
  }
  IpPacket inner = {};
  u32 addresses[8] = {};
  const bool ok = version == 4 ? ReadIpv4(at, outer.end, wire, addresses, inner) : ReadIpv6(at, outer.end, wire, addresses, inner);
  if (!ok) return;
  SkipExtensions(inner);
  parsed.hasInner = true;
  if (parsed.keyWords == kIpv4Words) for (u32 i = kIpv4Words; i < kIpv6Words; i++) parsed.key[i] = 0;
  parsed.keyWords = kKeyWords;
  parsed.key[14] = inner.protocol | inner.version << 8;
  parsed.key[15] = 0;
  const bool whole = !inner.firstFragment && !inner.laterFragment;
  if (whole && ip::HasPorts(inner.protocol) && inner.end - inner.transport >= 4) parsed.key[15] = LoadLe32(inner.transport);
  for (u32 i = 0; i < 4; i++) {
    parsed.key[16 + i] = inner.version == 4 ? (i == 0 ? addresses[0] : 0) : addresses[i];
    parsed.key[20 + i] = inner.version == 4 ? (i == 0 ? addresses[1] : 0) : addresses[4 + i];
  }
}

inline void ReadTransport(const IpPacket& packet, Parsed& parsed) {
  const u8* at = packet.transport;
  const u32 captured = static_cast<u32>(packet.end - at);
  parsed.frameDigest = Mix(Mix(0, packet.identification), packet.transportOctets);
  if (packet.identification != 0) parsed.flags |= kNumbered;
  if (packet.laterFragment) {
    parsed.frameDigest = DigestBytes(parsed.frameDigest, at, packet.end, 32);
    return;
  }
  if (ip::HasPorts(packet.protocol)) {
    if (captured < 4) {
      parsed.flags |= kTruncated;
    } else {
      parsed.hasPorts = true;
      parsed.key[4] = LoadLe32(at);
    }
  } else if (packet.protocol == ip::kIcmp || packet.protocol == ip::kIcmp6) {
    if (captured >= 6) parsed.key[4] = IcmpId(at, packet.protocol);
    else if (captured >= 1) parsed.key[4] = static_cast<u32>(at[0]) << 16;
  } else if (packet.protocol == ip::kEsp && captured >= 4) {
    parsed.key[4] = LoadLe32(at);
  } else if (packet.securityId != 0) {
    parsed.key[4] = packet.securityId;
  }
  if (packet.protocol == ip::kTcp && captured >= 18) {
    const u32 header = (at[12] >> 4) * 4u;
    const u32 payload = packet.transportOctets > header ? packet.transportOctets - header : 0;
    parsed.frameDigest = Mix(Mix(Mix(parsed.frameDigest, LoadLe32(at + 4)), LoadLe32(at + 8)), LoadLe32(at + 14));
    if (packet.firstFragment || header < 20) return;
    if (payload > 0) {
      parsed.flags |= kTcpData | kNumbered;
      parsed.sequence = LoadBe32(at + 4);
      parsed.payload = Min(payload, 65535);
    } else if (at[13] & 0x10) {
      parsed.flags |= kTcpBare;
      parsed.sequence = LoadBe32(at + 8);
    }
    return;
  }
  if (packet.protocol == ip::kTcp) parsed.flags |= kTruncated;
  parsed.frameDigest = DigestBytes(parsed.frameDigest, at, packet.end, 24);
}

// 802.3: a length in place of the EtherType. Only CDP is looked for behind LLC and SNAP; the EtherType of such a flow is
// that of its SNAP header (OUI 0), else 0.
inline u32 ReadLlc(const u8* at, const u8* end, Parsed& parsed, const u8* frame) {
  if (end - at < 8 || at[0] != 0xaa || at[1] != 0xaa || at[2] != 3) return 0;
  const u32 oui = at[3] << 16 | at[4] << 8 | at[5];
  const u32 protocol = LoadBe16(at + 6);
  if (oui == 0x00000c && protocol == 0x2000) {
    parsed.control = kCdp;
    parsed.controlAt = static_cast<u32>(at + 8 - frame);
  }
  return oui == 0 ? protocol : 0;
}

// Always gives a key: a frame that cannot be read is a flow of kind undecodable, so that every frame is counted once.
LACPSCOPE_NOINLINE void Dissect(const u8* frame, u32 captured, u32 wire, Parsed& parsed) {
  parsed.keyWords = kIpv4Words;
  for (u32 i = 0; i < kIpv4Words; i++) parsed.key[i] = 0;
  parsed.fragmentKey = 0;
  parsed.flags = parsed.sequence = parsed.frameDigest = parsed.payload = 0;
  parsed.flowLabel = parsed.control = parsed.controlAt = 0;
  parsed.hasPorts = parsed.hasInner = false;
  const u8* end = frame + captured;
  if (captured < 14) {
    parsed.key[5] = kUndecodable << 16;
    parsed.flags = kTruncated;
    return;
  }
  for (u32 i = 0; i < 3; i++) parsed.key[i] = LoadLe32(frame + 4 * i);
  if (frame[0] & 1) parsed.flags |= kGroup;
  const u8* at = frame + 12;
  u32 type = LoadBe16(at);
  u32 vlan = 0;
  for (u32 tag = 0; ether::IsTag(type) && tag < ether::kMaxTags; tag++) {
    if (end - at < 6) {
      parsed.key[3] = vlan << 16 | type;
      parsed.key[5] = kUndecodable << 16;
      parsed.flags |= kTruncated;
      return;
    }
    if (tag == 0) vlan = 0x8000 | (LoadBe16(at + 2) & 0xfff);
    at += 4;
    type = LoadBe16(at);
  }
  at += 2;
  const u32 ahead = static_cast<u32>(at - frame);
  bool llc = false;
  if (type < 0x600) {
    type = ReadLlc(at, end, parsed, frame);
    llc = true;
  }
  parsed.key[3] = vlan << 16 | type;
  if (type == ether::kSlow || type == ether::kLldp) {
    parsed.control = type == ether::kSlow ? kSlow : kLldp;
    parsed.controlAt = static_cast<u32>(at - frame) + (llc ? 8 : 0);
  }
  const bool isIp = !llc && (type == ether::kIpv4 || type == ether::kIpv6);
  IpPacket packet = {};
  const u32 wireAhead = wire > ahead ? wire - ahead : 0;
  if (!isIp || !(type == ether::kIpv4 ? ReadIpv4(at, end, wireAhead, parsed.key + 6, packet)
                                      : ReadIpv6(at, end, wireAhead, parsed.key + 6, packet))) {
    if (isIp) for (u32 i = 6; i < kIpv4Words; i++) parsed.key[i] = 0;
    parsed.key[5] = (isIp ? kUndecodable : kNoIp) << 16;
    if (isIp) parsed.flags |= kTruncated;
    parsed.frameDigest = DigestBytes(Mix(0, wire), at, end, 64);
    return;
  }
  SkipExtensions(packet);
  parsed.keyWords = packet.version == 4 ? kIpv4Words : kIpv6Words;
  parsed.key[4] = 0;
  parsed.key[5] = packet.protocol | packet.version << 8;
  parsed.flowLabel = packet.flowLabel;
  if (packet.cut) parsed.flags |= kTruncated;
  if (packet.firstFragment) parsed.flags |= kFirstFragment;
  if (packet.laterFragment) parsed.flags |= kLaterFragment;
  ReadTransport(packet, parsed);
  if (parsed.flags & (kFirstFragment | kLaterFragment)) {
    u32 h = Mix(packet.identification, packet.protocol);
    u32 g = Mix(packet.protocol + 1, packet.identification);
    for (u32 i = 6; i < parsed.keyWords; i++) {
      h = Mix(h, parsed.key[i]);
      g = Mix(g, parsed.key[i] + i);
    }
    parsed.fragmentKey = static_cast<u64>(h) << 32 | g | 1;
  } else if (packet.protocol == ip::kIpIp || packet.protocol == ip::kIpv6 || packet.protocol == ip::kGre) {
    ReadInner(packet, parsed);
  }
}
