// What a host sees of an engine: plain numbers and places in its memory. One list for the wasm module and the native builds.
#pragma once

#include "ageing.hpp"
#include "joins.hpp"

namespace surface {

LACPSCOPE_INLINE void SetScheduling(Engine& engine, u32 batch, u32 orderEverything, u32 dissectEverything) {
  engine.batch = batch < 1 ? 1 : batch > kBatch ? kBatch : batch;
  engine.orderEverything = orderEverything;
  engine.dissectEverything = dissectEverything;
}

LACPSCOPE_INLINE void SetLocal(Engine& engine, u32 macs, u32 ips) {
  engine.local.macCount = Min(macs, kLocalAddresses);
  engine.local.ipCount = Min(ips, kLocalAddresses);
}

LACPSCOPE_INLINE void SetPorts(Engine& engine, u32 ports) { engine.movers.MakeRoom(Min(ports, kPorts)); }

LACPSCOPE_INLINE const void* Area(Engine& engine, Joins& joins, u32 what) {
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
    case 15: return engine.local.macs;
    case 16: return engine.local.ips;
    case 17: return &engine.dissected;
    case 18: return joins.grouping.marks;
    case 19: return joins.grouping.groups;
    case 20: return &joins.answer;
    case 21: return &joins.pairs.found;
    case 22: return &joins.survey.sums;
    case 23: return &joins.loads;
    case 24: return engine.flows.rares;
    case 25: return engine.ends.turnarounds;
    case 26: return engine.flows.losses;
    case 27: return engine.movers.samples;
    case 28: return engine.load.totals;
    case 29: return engine.flows.closures.list;
    case 30: return engine.excerpts.list;
    case 31: return engine.load.busiest;
    case 32: return engine.flows.stations.list;
    case 33: return joins.tally;
    case 34: return joins.survey.ofMovers;
    default: return nullptr;
  }
}

LACPSCOPE_INLINE u64 Count(const Engine& engine, u32 what) {
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
    case 12: return engine.flows.extraCount;
    case 13: return engine.flows.lossesRefused;
    case 14: return engine.Horizon();
    case 15: return engine.flows.closures.count;
    case 16: return engine.movers.portsAt;
    case 17: return engine.flows.stations.count;
    default: return 0;
  }
}

LACPSCOPE_INLINE u32 DropIdle(Engine& engine, Joins& joins, u64 before) { return Ageing(engine, joins.survey).Drop(before); }

LACPSCOPE_INLINE void Mark(Joins& joins, u32 which, u32 direction) {
  joins.survey.Mark(static_cast<Marking>(Min(which, static_cast<u32>(Marking::kSender))), direction, joins.answer.label);
}

LACPSCOPE_INLINE u32 First(Joins& joins, u32 by, u32 direction, u32 most) {
  return joins.First(static_cast<RankBy>(Min(by, static_cast<u32>(RankBy::kOctets))), direction, most);
}

}  // namespace surface
