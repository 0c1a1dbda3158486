// Integers and unaligned loads. Freestanding: no libc, so that the core runs in wasm and in any harness.
#pragma once

using u8 = unsigned char;
using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long long;
using i32 = int;
using i64 = long long;

static_assert(sizeof(u16) == 2 && sizeof(u32) == 4 && sizeof(u64) == 8, "integer widths");

#define LACPSCOPE_INLINE inline __attribute__((always_inline))
#define LACPSCOPE_NOINLINE __attribute__((noinline))

LACPSCOPE_INLINE u16 LoadLe16(const u8* p) { u16 v; __builtin_memcpy(&v, p, 2); return v; }
LACPSCOPE_INLINE u32 LoadLe32(const u8* p) { u32 v; __builtin_memcpy(&v, p, 4); return v; }
LACPSCOPE_INLINE u64 LoadLe64(const u8* p) { u64 v; __builtin_memcpy(&v, p, 8); return v; }

// WebAssembly has no instruction for it, and what the compiler makes of its own word for it is nine.
LACPSCOPE_INLINE u32 SwapBytes(u32 x) {
#ifdef __wasm__
  u32 even = x << 8 | x >> 24;
  asm("" : "+r"(even));  // or it would know this for what it is
  return (even & 0x00ff00ff) | ((x << 24 | x >> 8) & 0xff00ff00);
#else
  return __builtin_bswap32(x);
#endif
}

LACPSCOPE_INLINE u16 LoadBe16(const u8* p) { return __builtin_bswap16(LoadLe16(p)); }
LACPSCOPE_INLINE u32 LoadBe32(const u8* p) { return SwapBytes(LoadLe32(p)); }

LACPSCOPE_INLINE u32 Min(u32 a, u32 b) { return a < b ? a : b; }
LACPSCOPE_INLINE u32 Max(u32 a, u32 b) { return a > b ? a : b; }

// Sequence numbers wrap: the sign of the 32-bit difference orders them.
LACPSCOPE_INLINE i32 SequenceDifference(u32 a, u32 b) { return static_cast<i32>(a - b); }
