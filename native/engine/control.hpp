// Control frames (Slow Protocols, LLDP, CDP) are rare and hold what only TypeScript reads: they are copied aside.
#pragma once

#include "records.hpp"

constexpr u32 kControlBytes = 1 << 20, kControlFrameMost = 2048;

struct ControlRecord { u64 time; u32 octets, kind, port, lane, frame, payloadAt; };
static_assert(sizeof(ControlRecord) == 32, "layout shared with TypeScript");

class ControlBuffer {
 public:
  u8* bytes;
  u32 used = 0;

  bool Init() { return Reserve(bytes, kControlBytes); }

  // False when there is no room: the frame is read again once the buffer was emptied.
  bool Keep(const Record& record, u32 kind, u32 payloadAt, u32 lane, u32 frame) {
    const u32 octets = Min(record.captured, kControlFrameMost);
    const u32 room = (sizeof(ControlRecord) + octets + 7) & ~7u;
    if (used + room > kControlBytes) return false;
    ControlRecord* entry = reinterpret_cast<ControlRecord*>(bytes + used);
    *entry = {record.time, octets, kind, record.interface->port, lane, frame, payloadAt};
    __builtin_memcpy(entry + 1, record.frame, octets);
    used += room;
    return true;
  }
};
