// What stands before an IP packet: link layers (Ethernet, Linux cooked, BSD loopback, none at all) and everything that may
// come between them and IP. Layouts: IEEE 802.3, 802.1Q, 802.1ah, RFC 1042 (SNAP), RFC 3032 and 4385 (MPLS, control word),
// RFC 2516 (PPPoE), RFC 8300 (NSH); LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2, LINKTYPE_NULL and LINKTYPE_LOOP of the Tcpdump Group.
#pragma once

#include "parsed.hpp"

namespace ether {
constexpr u32 kIpv4 = 0x0800, kIpv6 = 0x86dd, kSlow = 0x8809, kLldp = 0x88cc, kMpls = 0x8847, kMplsMulticast = 0x8848,
              kPppoe = 0x8864, kBackbone = 0x88e7, kBridged = 0x6558, kService = 0x894f,
              kMetadata = 0x8909, kLargestLength = 1500;
LACPSCOPE_INLINE bool IsTag(u32 type) { return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200; }
LACPSCOPE_INLINE u32 TagKind(u32 type) { return type == 0x8100 ? 0 : type == 0x88a8 ? 1 : type == 0x9100 ? 2 : 3; }
}  // namespace ether

// Where a packet begins, and what it is. `wire` counts from `at` on.
struct Cursor {
  const u8* at;
  const u8* end;
  u32 wire;
  u32 type;  // EtherType; 0: not known

  u32 captured() const { return static_cast<u32>(end - at); }
  bool Skip(u32 octets) {
    if (captured() < octets) return false;
    at += octets;
    wire = wire > octets ? wire - octets : 0;
    return true;
  }
};

// What was met between the link layer and the packet that the cursor stands on afterwards.
struct Shims {
  u32 etherType = 0;  // behind the tags; that of a SNAP header; 0 for other 802.3 frames
  u32 vlan = 0;       // outermost tag: 0x8000 | TagKind << 12 | id
  u32 priority = 0;   // and its three bits
  u32 topLabel = 0, bottomLabel = 0, session = 0;  // kPresent | MPLS label or PPPoE session
  u32 control = kNoControl;
  const u8* controlAt = nullptr;
  const u8* macs = nullptr;  // of the frame inside of a pseudowire or a backbone
  bool cut = false;
};

constexpr u32 kPresent = 0x80000000u;
constexpr u32 kMaxShims = 16;  // tags, labels and headers on top of each other, so that a chain cannot hold us up

// 802.3: a length in place of the EtherType. True if the cursor stands on something with an EtherType then.
inline bool ReadLlc(Cursor& cursor, Shims& shims) {
  const u8* at = cursor.at;
  cursor.type = 0;
  if (cursor.captured() >= 3 && at[0] == 0x06 && at[1] == 0x06 && at[2] == 3) {  // the SAP of IP
    cursor.type = ether::kIpv4;
    return cursor.Skip(3);
  }
  if (cursor.captured() < 8 || at[0] != 0xaa || at[1] != 0xaa || at[2] != 3) return false;
  const u32 oui = at[3] << 16 | at[4] << 8 | at[5];
  const u32 protocol = LoadBe16(at + 6);
  cursor.Skip(8);
  if (oui == 0x00000c && protocol == 0x2000) {
    shims.control = kCdp;
    shims.controlAt = cursor.at;
  }
  // RFC 1042, and the two that bridges use for Ethernet types (802.1H and Cisco).
  if (oui != 0 && oui != 0x0000f8) return false;
  cursor.type = protocol;
  return true;
}

LACPSCOPE_INLINE bool IsUsualType(u32 type) {
  return type == ether::kIpv4 || type == ether::kIpv6 || type == 0x0806 || ether::IsTag(type) || type == ether::kMpls ||
         type == ether::kPppoe || type == ether::kSlow || type == ether::kLldp;
}

// An Ethernet frame inside of another one: its addresses and type.
inline bool ReadInnerEthernet(Cursor& cursor, Shims& shims) {
  if (cursor.captured() < 14) return false;
  shims.macs = cursor.at;
  cursor.type = LoadBe16(cursor.at + 12);
  return cursor.Skip(14);
}

// Nothing says what follows the last label. IP is told by its version; an Ethernet pseudowire may have a control word or
// not, and an address may begin with the same nibble as one (RFC 4385): a known EtherType in the right place decides.
inline bool ReadBehindLabels(Cursor& cursor, Shims& shims) {
  cursor.type = 0;
  if (cursor.captured() < 1) return false;
  const u32 nibble = cursor.at[0] >> 4;
  if (nibble == 4 || nibble == 6) {
    cursor.type = nibble == 4 ? ether::kIpv4 : ether::kIpv6;
    return true;
  }
  const bool plain = cursor.captured() >= 14 && IsUsualType(LoadBe16(cursor.at + 12));
  const bool worded = nibble == 0 && cursor.captured() >= 18 && IsUsualType(LoadBe16(cursor.at + 16));
  if (!plain && !worded) return false;
  if (worded && (!plain || LoadBe32(cursor.at) == 0)) cursor.Skip(4);
  return ReadInnerEthernet(cursor, shims);
}

inline bool ReadLabels(Cursor& cursor, Shims& shims) {
  for (u32 label = 0; label < kMaxShims; label++) {
    if (cursor.captured() < 4) {
      shims.cut = true;
      return false;
    }
    const u32 entry = LoadBe32(cursor.at);
    cursor.Skip(4);
    if (shims.topLabel == 0) shims.topLabel = kPresent | entry >> 12;
    if ((entry & 0x100) == 0) continue;
    if (shims.bottomLabel == 0) shims.bottomLabel = kPresent | entry >> 12;
    return ReadBehindLabels(cursor, shims);
  }
  return false;
}

inline bool ReadPppoe(Cursor& cursor, Shims& shims) {
  if (cursor.captured() < 8) {
    shims.cut = true;
    return false;
  }
  const u8* at = cursor.at;
  shims.session = kPresent | LoadBe16(at + 2);
  if (at[0] != 0x11 || at[1] != 0) return false;
  const bool compressed = at[6] & 1;  // protocol field of one octet
  const u32 protocol = compressed ? at[6] : LoadBe16(at + 6);
  cursor.Skip(compressed ? 7 : 8);
  cursor.type = protocol == 0x21 ? ether::kIpv4 : protocol == 0x57 ? ether::kIpv6 : 0;
  return cursor.type != 0;
}

// A service function chain: what follows is IP, or a frame.
inline bool ReadService(Cursor& cursor, Shims& shims) {
  if (cursor.captured() < 8) return false;
  const u32 next = cursor.at[3];
  if (!cursor.Skip((cursor.at[1] & 0x3fu) * 4)) return false;
  if (next == 3) return ReadInnerEthernet(cursor, shims);
  cursor.type = next == 1 ? ether::kIpv4 : next == 2 ? ether::kIpv6 : next == 5 ? ether::kMpls : 0;
  return cursor.type != 0;
}

// Cisco TrustSec: version, length, option, security group, and the EtherType that follows.
inline bool ReadMetadata(Cursor& cursor) {
  if (cursor.captured() < 8) return false;
  cursor.type = LoadBe16(cursor.at + 6);
  return cursor.Skip(8);
}

// Steps over tags, LLC, labels, PPPoE and backbone headers. Afterwards the cursor stands on what its type says; 0: unknown.
inline void ReadShims(Cursor& cursor, Shims& shims) {
  bool tagged = true;  // the type that counts is the first behind the tags
  for (u32 step = 0; step < kMaxShims; step++) {
    if (ether::IsTag(cursor.type)) {
      if (shims.vlan == 0 && cursor.captured() >= 2) {
        shims.vlan = 0x8000 | ether::TagKind(cursor.type) << 12 | (LoadBe16(cursor.at) & 0xfff);
        shims.priority = cursor.at[0] >> 5;
      }
      if (cursor.captured() < 4) {
        if (tagged) shims.etherType = cursor.type;
        shims.cut = true;
        cursor.type = 0;
        return;
      }
      cursor.type = LoadBe16(cursor.at + 2);
      cursor.Skip(4);
      continue;
    }
    const bool known = cursor.type > ether::kLargestLength || ReadLlc(cursor, shims);
    if (tagged) shims.etherType = cursor.type;
    tagged = false;
    bool more = known;
    if (!known) cursor.type = 0;
    else if (cursor.type == ether::kMpls || cursor.type == ether::kMplsMulticast) more = ReadLabels(cursor, shims);
    else if (cursor.type == ether::kPppoe) more = ReadPppoe(cursor, shims);
    else if (cursor.type == ether::kService) more = ReadService(cursor, shims);
    else if (cursor.type == ether::kMetadata) more = ReadMetadata(cursor);
    else if (cursor.type == ether::kBackbone) more = cursor.Skip(4) && ReadInnerEthernet(cursor, shims);
    else return;
    if (!more) {
      cursor.type = 0;
      return;
    }
  }
  cursor.type = 0;
}

// --- link layers -----------------------------------------------------------------------------------------------------

inline u32 TypeOfVersion(const Cursor& cursor) {
  const u32 version = cursor.captured() > 0 ? cursor.at[0] >> 4 : 0;
  return version == 4 ? ether::kIpv4 : version == 6 ? ether::kIpv6 : 0;
}

// Linux cooked: no destination address, but whether the frame was sent, and whether it was a group's.
inline bool ReadCooked(Cursor& cursor, Parsed& parsed, bool second) {
  const u32 header = second ? 20 : 16;
  if (cursor.captured() < header) return false;
  const u8* at = cursor.at;
  const u32 packetType = second ? at[10] : LoadBe16(at);
  const u32 hardware = LoadBe16(at + (second ? 8 : 2));
  const u32 addressOctets = second ? at[11] : LoadBe16(at + 4);
  const u8* address = at + (second ? 12 : 6);
  if (addressOctets == 6) {
    parsed.key[1] = static_cast<u32>(LoadLe16(address)) << 16;
    parsed.key[2] = LoadLe32(address + 2);
  }
  parsed.told = packetType == 4 ? kToldEgress : kToldIngress;
  if (packetType == 1 || packetType == 2) parsed.flags |= kGroup;
  u32 type = LoadBe16(at + (second ? 0 : 14));
  // Of Netlink, 802.11 and Frame Relay devices the field is no EtherType; 1 and 4 stand for 802.3 with and without LLC.
  if (hardware == 824 || hardware == 770 || (hardware >= 801 && hardware <= 803) || type == 1) type = 0xffff;
  else if (type == 4) type = 0;
  cursor.Skip(header);
  cursor.type = type;
  return true;
}

// False if the frame ends inside of its link layer header. Fills the addresses of the key and what the header tells.
inline bool ReadLink(u32 link, Cursor& cursor, Parsed& parsed) {
  if (link == kEthernet) {
    if (cursor.captured() < 14) return false;
    for (u32 i = 0; i < 3; i++) parsed.key[i] = LoadLe32(cursor.at + 4 * i);
    if (cursor.at[0] & 1) parsed.flags |= kGroup;
    cursor.type = LoadBe16(cursor.at + 12);
    return cursor.Skip(14);
  }
  if (link == kRawIp) {
    cursor.type = TypeOfVersion(cursor);
    return cursor.captured() > 0;
  }
  if (link == kLoopback) {
    if (cursor.captured() < 4) return false;
    // The family in the byte order of whoever captured (NULL), or of the network (LOOP).
    const u32 family = cursor.at[0] | cursor.at[3];
    const bool six = family == 10 || family == 24 || family == 28 || family == 30;  // Linux, NetBSD and OpenBSD, FreeBSD, Darwin
    cursor.type = family == 2 ? ether::kIpv4 : six ? ether::kIpv6 : 0xffff;
    return cursor.Skip(4);
  }
  return ReadCooked(cursor, parsed, link == kCooked2);
}
