// Engines of one size in memory that is used again and again: made anew in microseconds, so that a fuzzer can afford it.
#pragma once

#include <new>

#include "blocks.hpp"
#include "frame_check.hpp"
#include "judge.hpp"

struct Bytes { const u8* at; u64 size; };

struct Scheduling {
  u32 batch = kBatch;
  u32 orderEverything = 0, dissectEverything = 0;
  u32 portion = kBlock;
  u32 seed = 0;
};

struct Outcome {
  u64 rows, load;  // digests
  Counted counted;
  u32 flows, movers;
  bool comparable;
  bool skippedUnseen;
};

class Lab {
 public:
  static constexpr u32 kMostLanes = 4;

  Lab(u32 maxFlows, u32 maxMovers) : maxFlows_(maxFlows), maxMovers_(maxMovers) {}

  // All inputs through one engine; dies where a law is broken.
  Outcome Run(const Bytes* inputs, u32 count, const Scheduling& scheduling) {
    Engine& engine = Fresh(count, scheduling);
    Feeder* feeders[kMostLanes];
    alignas(Feeder) u8 room[kMostLanes][sizeof(Feeder)];
    u64 octets = 0;
    for (u32 lane = 0; lane < count; lane++) {
      octets += inputs[lane].size;
      feeders[lane] = new (room[lane]) Feeder(engine, lane, inputs[lane].at, inputs[lane].size, scheduling.portion, scheduling.seed);
      feeders[lane]->Start();
    }
    // Every answer but one to a full buffer of control frames takes octets off an input or ends it.
    for (u64 turns = 0; u32 asked = engine.Run(); turns++) {
      CHECK(turns <= 2 * octets + 1024);
      Answer(engine, feeders, count, asked);
    }
    engine.Finish();
    Outcome outcome = {};
    for (u32 lane = 0; lane < count; lane++) {
      const Counted counted = feeders[lane]->Harvest();
      CHECK(counted.frames == engine.lanes[lane].frames);
      const u64* from = reinterpret_cast<const u64*>(&counted);
      u64* to = reinterpret_cast<u64*>(&outcome.counted);
      for (u32 i = 0; i < sizeof counted / 8; i++) to[i] += from[i];
      outcome.skippedUnseen |= feeders[lane]->skippedUnseen;
      feeders[lane]->~Feeder();
    }
    ASAN_UNPOISON_MEMORY_REGION(engine.regions, static_cast<u64>(kMostLanes) * kRegion);
    Judge judge(engine, outcome.counted);
    judge.CheckLaws();
    outcome.rows = judge.DigestOfRows();
    outcome.load = judge.DigestOfLoad();
    outcome.comparable = judge.Comparable();
    outcome.flows = engine.flows.count;
    outcome.movers = engine.movers.count;
    return outcome;
  }

  // The ways to schedule that must all give the same rows.
  Outcome RunEveryWay(const Bytes* inputs, u32 count, u32 seed) {
    const Outcome batched = Run(inputs, count, {});
    Scheduling one;
    one.batch = 1;
    Scheduling ordered;
    ordered.orderEverything = 1;
    ordered.portion = 1500;
    ordered.seed = seed | 1;
    Scheduling slow;
    slow.dissectEverything = 1;
    slow.batch = 1 + seed % kBatch;
    for (const Scheduling& other : {one, ordered, slow}) {
      const Outcome again = Run(inputs, count, other);
      if (again.skippedUnseen != batched.skippedUnseen) continue;
      CHECK(again.counted.frames == batched.counted.frames && again.counted.octets == batched.counted.octets);
      CHECK(again.counted.slowFrames == batched.counted.slowFrames);
      if (!again.comparable || !batched.comparable) continue;
      CHECK(again.rows == batched.rows);
      CHECK(again.load == batched.load);
    }
    return batched;
  }

 private:
  u32 maxFlows_, maxMovers_;
  Blocks blocks_;
  alignas(Engine) u8 engine_[sizeof(Engine)];

  Engine& Fresh(u32 lanes, const Scheduling& scheduling) {
    blocks_.Rewind();
    Blocks::current = &blocks_;
    memset(engine_, 0, sizeof engine_);
    Engine& engine = *new (engine_) Engine;
    CHECK(engine.Init(maxFlows_, maxMovers_, kPorts, kMostLanes));
    FixKeys(engine.keys);
    for (u32 lane = lanes; lane < kMostLanes; lane++) engine.lanes[lane].status = kEnded;
    engine.batch = scheduling.batch;
    engine.orderEverything = scheduling.orderEverything;
    engine.dissectEverything = scheduling.dissectEverything;
    engine.local.macs[0] = {0, 0x020000000001ull};  // test/helpers/frames.ts
    engine.local.macs[1] = {0, 0x90e2ba7b0b38ull};  // samples/
    engine.local.macCount = 2;
    return engine;
  }

  static void Answer(Engine& engine, Feeder** feeders, u32 count, u32 asked) {
    CHECK((asked & 255) < count);
    if (asked >> 8 != kControlFull) return feeders[asked & 255]->Answer(asked >> 8);
    engine.control.used = 0;
    for (u32 lane = 0; lane < count; lane++) {
      if (engine.lanes[lane].status == kControlFull) engine.lanes[lane].status = kReady;
    }
  }
};
