// The engine as a WebAssembly module: one instance, plain numbers in and out. TypeScript reads and writes its memory at
// the places that `area` and `size` name; src/engine/layout.ts knows the offsets inside.
#include "surface.hpp"

#define EXPORT(name) extern "C" __attribute__((export_name(name)))

namespace {
Engine engine;
Joins joins;
constexpr u64 kPage = 65536;
u64 top = 0;  // next free byte
}  // namespace

extern "C" u8 __heap_base;

// Only says where: the memory is there when everything has its place.
u8* ReserveBytes(u64 bytes) {
  if (top == 0) top = (reinterpret_cast<u64>(&__heap_base) + 127) & ~127ull;
  const u64 at = top;
  const u64 end = (at + bytes + 127) & ~127ull;
  if (end > 0xffff0000ull) return nullptr;
  top = end;
  return reinterpret_cast<u8*>(static_cast<__UINTPTR_TYPE__>(at));
}

// Once, for V8 looks for garbage whenever memory outside of its heap has grown.
static bool GrowToTop() {
  const u64 have = __builtin_wasm_memory_size(0) * kPage;
  if (top <= have) return true;
  return __builtin_wasm_memory_grow(0, (top - have + kPage - 1) / kPage) != static_cast<__SIZE_TYPE__>(-1);
}

EXPORT("init") u32 Init(u32 maxFlows, u32 maxMovers, u32 ports, u32 lanes) {
  return engine.Init(maxFlows, maxMovers, ports, lanes) && joins.Init(engine) && GrowToTop() ? 1 : 0;
}

EXPORT("run") u32 Run() { return engine.Run(); }
EXPORT("finish") void Finish() { engine.Finish(); }
EXPORT("clear_control") void ClearControl() { engine.control.used = 0; }
EXPORT("set_ports") void SetPorts(u32 ports) { surface::SetPorts(engine, ports); }
EXPORT("set_skew") void SetSkew(u64 ns) { engine.movers.twoSkew = 2 * ns; }
EXPORT("set_local") void SetLocal(u32 macs, u32 ips) { surface::SetLocal(engine, macs, ips); }
EXPORT("set_scheduling") void SetScheduling(u32 batch, u32 orderEverything, u32 dissectEverything) {
  surface::SetScheduling(engine, batch, orderEverything, dissectEverything);
}

// While frames come: what a lane will not bring any more, what was counted so far, and flows that are idle for long.
EXPORT("promise") void Promise(u32 lane, u64 time) { engine.Promise(lane, time); }
EXPORT("load_totals") void LoadTotals() { engine.load.Total(); }
EXPORT("answer_to") u32 AnswerTo(u32 row) { return engine.AnswerTo(row); }
EXPORT("drop_idle") u32 DropIdle(u64 before) { return surface::DropIdle(engine, joins, before); }

// Questions about all flows, after finish; see joins.hpp.
EXPORT("join_groups") u32 JoinGroups(u32 fields) { return joins.Group(fields); }
EXPORT("join_label") void JoinLabel(u32 labels) { joins.Label(Min(labels, kLabels)); }
EXPORT("join_pairs") void JoinPairsOf(u32 fields) { joins.pairs.Find(fields); }
EXPORT("join_connections") void JoinConnections() { joins.Connections(); }
EXPORT("join_survey") void JoinSurvey() { joins.survey.Take(); }
EXPORT("join_mark") void JoinMark(u32 which, u32 direction) { surface::Mark(joins, which, direction); }
EXPORT("join_tally") void JoinTally() { joins.Tally(); }
EXPORT("join_first") u32 JoinFirst(u32 by, u32 direction, u32 most) { return surface::First(joins, by, direction, most); }

// One frame by itself, for tests: `at` in this memory. What it holds is in the area of the same name.
EXPORT("dissect") void DissectFrame(u32 link, const u8* at, u32 captured, u32 wire) {
  Dissect(link, at, captured, wire, engine.dissected);
}
EXPORT("area") const void* Area(u32 what) { return surface::Area(engine, joins, what); }
EXPORT("count") u64 Count(u32 what) { return surface::Count(engine, what); }
