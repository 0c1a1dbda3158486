// The engine as a WebAssembly module: one instance, plain numbers in and out. TypeScript reads and writes its memory at
// the places that `area` and `size` name; src/engine/layout.ts knows the offsets inside.
#include "engine.hpp"

#define EXPORT(name) extern "C" __attribute__((export_name(name)))

namespace {
Engine engine;
Parsed parsed;  // of `dissect`
constexpr u64 kPage = 65536;
u64 top = 0;  // next free byte
}  // namespace

extern "C" u8 __heap_base;

u8* ReserveBytes(u64 bytes) {
  if (top == 0) top = (reinterpret_cast<u64>(&__heap_base) + 63) & ~63ull;
  const u64 at = top;
  const u64 end = (at + bytes + 63) & ~63ull;
  const u64 have = __builtin_wasm_memory_size(0) * kPage;
  if (end > have) {
    const u64 pages = (end - have + kPage - 1) / kPage;
    if (end > 0xffff0000ull || __builtin_wasm_memory_grow(0, pages) == static_cast<__SIZE_TYPE__>(-1)) return nullptr;
  }
  top = end;
  return reinterpret_cast<u8*>(static_cast<__UINTPTR_TYPE__>(at));
}

EXPORT("init") u32 Init(u32 maxFlows, u32 maxMovers, u32 ports, u32 lanes) {
  return engine.Init(maxFlows, maxMovers, ports, lanes) ? 1 : 0;
}

EXPORT("run") u32 Run() { return engine.Run(); }
EXPORT("finish") void Finish() { engine.Finish(); }
EXPORT("clear_control") void ClearControl() { engine.control.used = 0; }
EXPORT("set_ports") void SetPorts(u32 ports) { engine.movers.MakeRoom(Min(ports, kPorts)); }
EXPORT("set_skew") void SetSkew(u64 ns) { engine.movers.twoSkew = 2 * ns; }
EXPORT("set_local") void SetLocal(u32 macs, u32 ips) {
  engine.localMacCount = Min(macs, kLocalAddresses);
  engine.localIpCount = Min(ips, kLocalAddresses);
}
EXPORT("set_scheduling") void SetScheduling(u32 batch, u32 orderEverything, u32 dissectEverything) {
  engine.batch = batch < 1 ? 1 : batch > kBatch ? kBatch : batch;
  engine.orderEverything = orderEverything;
  engine.dissectEverything = dissectEverything;
}

// One frame by itself, for tests: `at` in this memory. What it holds is in the area of the same name.
EXPORT("dissect") void DissectFrame(u32 link, const u8* at, u32 captured, u32 wire) { Dissect(link, at, captured, wire, parsed); }

EXPORT("area") const void* Area(u32 what) {
  switch (what) {
    case 0: return &engine.keys;
    case 1: return engine.lanes;
    case 2: return engine.interfaces;
    case 3: return engine.regions;
    case 4: return engine.flows.rows;
    case 5: return engine.flows.colds;
    case 6: return engine.flows.addresses;
    case 7: return engine.flows.extras;
    case 8: return engine.movers.area;
    case 9: return engine.movers.runs;
    case 10: return engine.load.octets;
    case 11: return engine.load.frames;
    case 12: return engine.control.bytes;
    case 13: return engine.load.silences;
    case 14: return engine.load.lastUnicast;
    case 15: return engine.localMacs;
    case 16: return engine.localIps;
    case 17: return &parsed;
    default: return nullptr;
  }
}

EXPORT("count") u64 Count(u32 what) {
  switch (what) {
    case 0: return engine.flows.count;
    case 1: return engine.movers.count;
    case 2: return engine.movers.stride;
    case 3: return engine.load.width;
    case 4: return engine.load.used;
    case 5: return engine.control.used;
    case 6: return engine.load.silenceCount;
    case 7: return engine.overflowFrames;
    case 8: return engine.movers.refused;
    case 9: return engine.load.start;
    case 10: return engine.atomicFragments;
    case 11: return engine.movers.ports;
    default: return 0;
  }
}
