// What dissection yields of one frame: the key of its flow, and what the counters need.
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

// kOrphan is added to kIp for later fragments whose first one was not seen: their ports are not known, so whole datagrams
// with ports 0 are not of their flow.
enum FlowKind : u32 { kIp = 0, kNoIp = 1, kUndecodable = 2, kOrphan = 256 };
enum ControlKind : u32 { kNoControl = 0, kSlow = 1, kLldp = 2, kCdp = 3 };
enum Told : u32 { kNotTold = 0, kToldIngress = 1, kToldEgress = 2 };  // direction that the capture itself states
enum Link : u32 { kEthernet = 0, kRawIp = 1, kLoopback = 2, kCooked = 3, kCooked2 = 4 };
enum Tunnel : u32 { kNoTunnel = 0, kIpInIp = 1, kGreTunnel = 2, kVxlan = 3, kGeneve = 4, kGtp = 5 };

// What may change from frame to frame of a flow, and what a sender should not hash.
struct Changing {
  u32 head[2];         // as on the wire: of IPv4 octets 1 to 8 (class, length, id, hop limit), of IPv6 octets 0 to 7
  u32 sumAndPriority;  // checksum of the transport header as on the wire, priority of the outermost tag << 16

  LACPSCOPE_INLINE void Take(const u8* at, u32 rest) {
    __builtin_memcpy(head, at, 8);
    sumAndPriority = rest;
  }
};
static_assert(sizeof(Changing) == 12, "layout shared with TypeScript");

constexpr u32 kHandshake = 0x12, kSyn = 0x02;
// With the above in the same word: an acknowledgement that leaves the other end no room. Resets have no window to speak of.
constexpr u32 kClosedWindow = 0x100, kSynOrReset = 0x06;

// What the SYN says of the window of who sent it (RFC 7323 2.2): kScaled and the shift.
enum WindowScale : u32 { kScaleUnseen = 0, kNotScaled = 1, kScaled = 2 };

struct Parsed {
  u32 key[kKeyWords];
  u32 keyWords;
  u64 fragmentKey;   // of addresses, protocol and IP id; 0 for whole datagrams
  u32 flags;
  u32 sequence;      // see kTcpData, kTcpBare; of other protocols what may number a packet, see NumberIn
  u32 frameDigest;   // equal for copies of one frame
  u32 payload;       // TCP payload octets, clamped to 65535
  u32 flowLabel;
  u32 control;       // ControlKind
  u32 controlAt;     // offset of its payload
  u32 told;          // Told
  Changing changing;
  u32 handshake;     // of TCP without payload: its flags SYN and ACK (kHandshake), kClosedWindow
  bool hasPorts;
  bool hasInner;     // an IP packet was read inside of a tunnel
  bool hasInnerPorts;
  bool hasExtra;     // words 14 and up of the key are used
  bool atomic;       // IPv6 fragment header around a whole datagram
  u8 windowScale;    // of a SYN, see WindowScale
};
static_assert(__builtin_offsetof(Parsed, flags) == 144 && __builtin_offsetof(Parsed, hasPorts) == 192, "test/helpers/dissect.ts");
