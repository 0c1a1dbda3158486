// A frame, once it was dissected: all that counting needs of it.
#pragma once

#include "parsed.hpp"

struct Descriptor {
  u64 time;
  u32 row;
  u32 wire;
  u32 sequence;
  u32 frameDigest;
  u32 frame;   // number in its input, from 1
  u16 payload;  // of kTcpData; else flags SYN and ACK of a TCP header, or 0
  u8 flags;    // FrameFlag
  u8 port;

  // In one store.
  LACPSCOPE_INLINE void SetKind(u32 payloadOf, u32 flagsOf, u32 portOf) {
    const u32 word = payloadOf | (flagsOf & 255) << 16 | portOf << 24;
    __builtin_memcpy(reinterpret_cast<u8*>(this) + 28, &word, 4);
  }
};
static_assert(__builtin_offsetof(Descriptor, payload) == 28 && __builtin_offsetof(Descriptor, port) == 31, "SetKind");
static_assert(sizeof(Descriptor) == 32, "half a cache line");
