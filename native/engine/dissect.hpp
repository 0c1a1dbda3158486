// From the bytes of a frame to the key of its flow and what the counters need. Transport layouts: RFC 9293 (TCP), RFC 768
// (UDP), RFC 792 and 4443 (ICMP), RFC 4303 (ESP). What the snap length cut off is "not seen": it is flagged, never read as
// zero.
#pragma once

#include "tunnels.hpp"

// What tells a packet from others of its flow. What varies together must not meet in one word before one of them is mixed: it may
// cancel out. The identification is in the last octets of a word, as on the wire.
LACPSCOPE_INLINE u32 DigestTcp(u32 identification, u32 octets, const u8* at) {
  const u64 rest = static_cast<u64>(octets) << 48 | static_cast<u64>(identification) << 16 | LoadLe32(at + 14);
  return static_cast<u32>(MixLong(MixLong(0, LoadLe64(at + 4)), rest));
}

LACPSCOPE_INLINE u64 BeginDigest(u32 identification, u32 octets) {
  return MixLong(0, static_cast<u64>(octets) << 32 | identification);
}

LACPSCOPE_INLINE u32 DigestBytes(u64 h, const u8* at, u32 n) {
  u32 i = 0;
  for (; i + 8 <= n; i += 8) h = MixLong(h, LoadLe64(at + i));
  for (; i < n; i++) h = MixLong(h, at[i]);
  return static_cast<u32>(MixLong(h, n));
}

constexpr u32 kDigestedOctets = 24;
constexpr u32 kUdpNumbered = 12;  // octets of a datagram with as much payload as is looked at

// What may number a packet of a protocol other than TCP, as it is; 0 where there is nothing. UDP: the first four octets of its
// payload, where RTP has its sequence number (RFC 3550 5.1). ESP: its sequence number. ICMP: that of a query.
LACPSCOPE_INLINE u32 NumberIn(const IpPacket& packet, u32 captured) {
  const u8* at = packet.transport;
  switch (packet.protocol) {
    case ip::kUdp: return packet.transportOctets >= kUdpNumbered && captured >= kUdpNumbered ? LoadBe32(at + 8) : 0;
    case ip::kEsp: return captured >= 8 ? LoadBe32(at + 4) : 0;
    case ip::kIcmp: case ip::kIcmp6: return captured >= 8 ? LoadBe16(at + 6) : 0;
    default: return 0;
  }
}

LACPSCOPE_INLINE u32 IcmpId(const u8* at, u32 protocol) {
  const u32 type = at[0];
  const bool query = protocol == ip::kIcmp ? type == 0 || type == 8 || (type >= 13 && type <= 18) : type == 128 || type == 129;
  return type << 16 | (query ? LoadBe16(at + 4) : 0);
}

constexpr u32 kWindowScaleOption = 3;

// Of a SYN. @param header  octets of it, of which the capture holds `captured` or more
LACPSCOPE_NOINLINE u32 WindowScaleOf(const u8* at, u32 header, u32 captured) {
  const u32 end = Min(header, captured);
  for (u32 i = 20; i < end;) {
    if (at[i] == 0) return kNotScaled;
    if (at[i] == 1) {
      i++;
      continue;
    }
    if (i + 2 >= end || at[i + 1] < 2) break;
    if (at[i] == kWindowScaleOption) return kScaled + Min(at[i + 2], 14);
    i += at[i + 1];
  }
  return captured < header ? kScaleUnseen : kNotScaled;
}

inline void ReadTransport(const IpPacket& packet, Parsed& parsed) {
  const u8* at = packet.transport;
  const u32 captured = static_cast<u32>(packet.end - at);
  const u32 identification = SwapBytes(packet.identification);
  const u64 digest = BeginDigest(identification, packet.transportOctets);
  if (packet.identification != 0) parsed.flags |= kNumbered;
  if (packet.laterFragment) {
    parsed.frameDigest = DigestBytes(digest, at, Min(captured, 32));
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
    parsed.frameDigest = DigestTcp(identification, packet.transportOctets, at);
    if (packet.firstFragment || header < 20) return;
    if (at[13] & kSyn) parsed.windowScale = static_cast<u8>(WindowScaleOf(at, header, captured));
    if (payload > 0) {
      parsed.flags |= kTcpData | kNumbered;
      parsed.sequence = LoadBe32(at + 4) + (at[13] >> 1 & 1);  // a SYN with data (RFC 7413): it has a number of its own
      parsed.payload = Min(payload, 65535);
    } else {
      parsed.handshake = at[13] & kHandshake;
      if (!(parsed.handshake & ~kSyn)) return;
      if (LoadLe16(at + 14) == 0 && !(at[13] & kSynOrReset)) parsed.handshake |= kClosedWindow;
      parsed.flags |= kTcpBare;
      parsed.sequence = LoadBe32(at + 8);
    }
    return;
  }
  if (packet.protocol == ip::kTcp) parsed.flags |= kTruncated;
  parsed.sequence = NumberIn(packet, captured);
  parsed.frameDigest = DigestBytes(digest, at, Min(captured, kDigestedOctets));
}

// As on the wire; 0 where there is none.
LACPSCOPE_INLINE u32 ChecksumOf(const IpPacket& packet) {
  const u32 at = packet.protocol == ip::kTcp ? 16 : packet.protocol == ip::kUdp ? 6 : 0;
  const bool isHere = at != 0 && !packet.laterFragment && static_cast<u32>(packet.end - packet.transport) >= at + 2;
  return isHere ? LoadLe16(packet.transport + at) : 0;
}

inline void ReadFragment(const IpPacket& packet, Parsed& parsed) {
  u32 h = Mix(packet.identification, packet.protocol);
  u32 g = Mix(packet.protocol + 1, packet.identification);
  for (u32 i = 6; i < (packet.version == 4 ? kIpv4Words : kIpv6Words); i++) {
    h = Mix(h, parsed.key[i]);
    g = Mix(g, parsed.key[i] + i);
  }
  parsed.fragmentKey = static_cast<u64>(h) << 32 | g | 1;
}

inline void ReadShimFields(const Shims& shims, const u8* frame, Parsed& parsed) {
  parsed.key[3] = shims.vlan << 16 | shims.etherType;
  if (shims.cut) parsed.flags |= kTruncated;
  if (shims.topLabel | shims.session) {
    parsed.hasExtra = true;
    parsed.key[28] = shims.topLabel;
    parsed.key[29] = shims.bottomLabel;
    parsed.key[30] = shims.session;
  }
  if (shims.macs != nullptr) {
    parsed.hasExtra = true;
    for (u32 i = 0; i < 3; i++) parsed.key[24 + i] = LoadLe32(shims.macs + 4 * i);
  }
  if (shims.control != kNoControl) {
    parsed.control = shims.control;
    parsed.controlAt = static_cast<u32>(shims.controlAt - frame);
  }
}

// Always gives a key: a frame that cannot be read is a flow of kind undecodable, so that every frame is counted once.
LACPSCOPE_NOINLINE void Dissect(u32 link, const u8* frame, u32 captured, u32 wire, Parsed& parsed) {
  parsed = {};
  parsed.keyWords = kIpv4Words;
  Cursor cursor = {frame, frame + captured, wire, 0};
  if (!ReadLink(link, cursor, parsed)) {
    parsed.key[5] = kUndecodable << 16;
    parsed.flags |= kTruncated;
    return;
  }
  Shims shims;
  ReadShims(cursor, shims);
  ReadShimFields(shims, frame, parsed);
  if (cursor.type == ether::kSlow || cursor.type == ether::kLldp) {
    parsed.control = cursor.type == ether::kSlow ? kSlow : kLldp;
    parsed.controlAt = static_cast<u32>(cursor.at - frame);
  }
  IpPacket packet = {};
  const bool isIp = cursor.type == ether::kIpv4 || cursor.type == ether::kIpv6;
  if (!isIp || !ReadIp(cursor, parsed.key + 6, packet)) {
    if (isIp) parsed.flags |= kTruncated;
    parsed.key[5] = (isIp || shims.cut ? kUndecodable : kNoIp) << 16;
    parsed.keyWords = parsed.hasExtra ? kKeyWords : kIpv4Words;
    parsed.frameDigest = DigestBytes(MixLong(0, wire), cursor.at, Min(static_cast<u32>(cursor.end - cursor.at), 64));
    return;
  }
  parsed.key[5] = packet.protocol | packet.version << 8;
  parsed.flowLabel = packet.flowLabel;
  parsed.atomic = packet.atomic;
  if (packet.cut) parsed.flags |= kTruncated;
  parsed.changing.Take(packet.changing, ChecksumOf(packet) | shims.priority << 16);
  if (packet.firstFragment) parsed.flags |= kFirstFragment;
  if (packet.laterFragment) parsed.flags |= kLaterFragment;
  ReadTransport(packet, parsed);
  if (parsed.flags & (kFirstFragment | kLaterFragment)) ReadFragment(packet, parsed);
  else ReadTunnel(packet, parsed);
  parsed.keyWords = parsed.hasExtra ? kKeyWords : packet.version == 4 ? kIpv4Words : kIpv6Words;
}
