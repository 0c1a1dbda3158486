// The engine as a WebAssembly module: one instance, plain numbers in and out. TypeScript reads and writes its memory at
// the places that `area` and `size` name; src/engine/layout.ts knows the offsets inside.
#include "joins.hpp"

#define EXPORT(name) extern "C" __attribute__((export_name(name)))

namespace {
Engine engine;
Joins joins;
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
  return engine.Init(maxFlows, maxMovers, ports, lanes) && joins.Init(engine) ? 1 : 0;
}

EXPORT("run") u32 Run() { return engine.Run(); }
EXPORT("finish") void Finish() { engine.Finish(); }
EXPORT("clear_control") void ClearControl() { engine.control.used = 0; }
EXPORT("set_skew") void SetSkew(u64 ns) { engine.movers.twoSkew = 2 * ns; }
EXPORT("set_local") void SetLocal(u32 count) { engine.localMacCount = count; }
EXPORT("set_scheduling") void SetScheduling(u32 batch, u32 orderEverything, u32 dissectEverything) {
  engine.batch = batch < 1 ? 1 : batch > kBatch ? kBatch : batch;
  engine.orderEverything = orderEverything;
  engine.dissectEverything = dissectEverything;
}

// Questions about all flows, after finish; see joins.hpp.
EXPORT("join_groups") u32 JoinGroups(u32 fields) { return joins.Group(fields); }
EXPORT("join_label") void JoinLabel(u32 labels) { joins.Label(Min(labels, kLabels)); }
EXPORT("join_pairs") void JoinPairsOf(u32 fields) { joins.Pairs(fields); }
EXPORT("join_connections") void JoinConnections() { joins.Connections(); }

EXPORT("area") const void* Area(u32 what) {
  switch (what) {
    case 0: return &engine.keys;
    case 1: return engine.lanes;
    case 2: return engine.interfaces;
    case 3: return engine.regions;
    case 4: return engine.flows.rows;
    case 5: return engine.flows.colds;
    case 6: return engine.flows.addresses;
    case 7: return engine.flows.inners;
    case 8: return engine.movers.area;
    case 9: return engine.movers.runs;
    case 10: return engine.load.octets;
    case 11: return engine.load.frames;
    case 12: return engine.control.bytes;
    case 13: return engine.load.silences;
    case 14: return engine.load.lastUnicast;
    case 15: return engine.localMacs;
    case 16: return joins.marks;
    case 17: return joins.groups;
    case 18: return &joins.answer;
    case 19: return &joins.pairs;
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
    default: return 0;
  }
}
