// Control frames (Slow Protocols, LLDP, CDP) are rare and hold what only TypeScript reads: they are copied aside.
#pragma once

#include "records.hpp"

constexpr u32 kControlBytes = 1 << 20, kControlFrameMost = 2048, kEthernetHeader = 14;

struct ControlRecord { u64 time; u32 octets, kind, port, lane, frame, payloadAt; };
static_assert(sizeof(ControlRecord) == 32, "layout shared with TypeScript");

class ControlBuffer {
 public:
  u8* bytes;
  u32 used = 0;

  bool Init() { return Reserve(bytes, kControlBytes); }

  // For one more frame, whatever its length.
  bool HasRoom() const { return kControlBytes - used >= sizeof(ControlRecord) + kControlFrameMost; }

  // Where there is room. Readers find an Ethernet header, also where the capture has another one: as much of it as is known.
  void Keep(const u8* frame, u32 captured, u64 time, const Interface& interface, const Parsed& parsed, u32 lane, u32 number) {
    const bool ethernet = interface.link == kEthernet;
    const u32 ahead = ethernet ? 0 : parsed.controlAt;
    const u32 header = ethernet ? 0 : kEthernetHeader;
    const u32 octets = Min(header + captured - ahead, kControlFrameMost);
    ControlRecord* entry = reinterpret_cast<ControlRecord*>(bytes + used);
    *entry = {time, octets, parsed.control, interface.port, lane, number, header + parsed.controlAt - ahead};
    u8* to = reinterpret_cast<u8*>(entry + 1);
    if (!ethernet) {
      __builtin_memcpy(to, parsed.key, 12);
      to[12] = static_cast<u8>(parsed.key[3] >> 8);
      to[13] = static_cast<u8>(parsed.key[3]);
    }
    __builtin_memcpy(to + header, frame + ahead, octets - header);
    used += (sizeof(ControlRecord) + octets + 7) & ~7u;
  }
};
