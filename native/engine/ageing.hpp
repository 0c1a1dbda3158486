// Flows that were idle for long leave the tables of a capture that goes on for weeks: their sums stay, those behind them move up.
// Order is kept everywhere, so entries only ever move towards the front.
#pragma once

#include "survey.hpp"

class Ageing {
 public:
  Ageing(Engine& engine, Survey& survey)
      : engine_(engine), flows_(engine.flows), movers_(engine.movers), survey_(survey),
        newRow_(flows_.index_), owner_(flows_.index_ + flows_.capacity + 1) {}

  // Drops flows whose last frame came before `before`. How many.
  u32 Drop(u64 before) {
    const u32 had = flows_.count;
    // The index finds rows by digests, which they keep: it is free until they are placed anew.
    for (u32 row = 0; row <= had; row++) newRow_[row] = 0;
    engine_.EachWaiting([&](Descriptor& d) { newRow_[d.row] = 1; });
    newRow_[0] = 0;
    survey_.AddToAged([&](auto look) {
      for (u32 row = 1; row <= had; row++) if (newRow_[row] == 0 && flows_.rows[row].lastTime < before) look(row);
    });
    engine_.excerpts.CloseAll(flows_, engine_.lanes);
    MoveRows(before);
    if (flows_.count == had) {
      flows_.PlaceAll();
      return 0;
    }
    MoveStations();
    MoveRares();
    MoveLosses();
    MoveClosures();
    MoveMovers();
    engine_.excerpts.Move(newRow_);
    engine_.EachWaiting([&](Descriptor& d) { d.row = newRow_[d.row]; });
    flows_.PlaceAll();
    movers_.copies_.Forget();  // its entries name rows
    engine_.load.ForgetSilences(before);
    return had - flows_.count;
  }

 private:
  Engine& engine_;
  FlowTable& flows_;
  MoverTable& movers_;
  Survey& survey_;
  u32* newRow_;  // by row: where it goes, 0: it goes
  u32* owner_;   // by entry of another area: who has it or where it goes, 0: nobody. No area has more than one for a row.

  template <typename T>
  static void Clear(T* area, u32 from, u32 to) {
    __builtin_memset(static_cast<void*>(area + from), 0, static_cast<u64>(to - from) * sizeof(T));
  }

  // With what is made together with a row, in the same order: addresses and further words of the key.
  void MoveRows(u64 before) {
    const u32 had = flows_.count, hadAddresses = flows_.addressCount, hadExtras = flows_.extraCount;
    flows_.count = flows_.addressCount = flows_.extraCount = 0;
    for (u32 row = 1; row <= had; row++) {
      if (newRow_[row] == 0 && flows_.rows[row].lastTime < before) continue;
      const u32 to = newRow_[row] = ++flows_.count;
      flows_.rows[to] = flows_.rows[row];
      Cold& cold = flows_.colds[to] = flows_.colds[row];
      if (cold.IsSix()) {
        flows_.addresses[++flows_.addressCount] = flows_.addresses[cold.address[0]];
        cold.address[0] = flows_.addressCount;
      }
      u32& extra = flows_.rares[cold.rare].extra;
      if (cold.rare == 0 || extra == 0) continue;
      flows_.extras[++flows_.extraCount] = flows_.extras[extra];
      extra = flows_.extraCount;
    }
    Clear(flows_.rows, flows_.count + 1, had + 1);
    Clear(flows_.colds, flows_.count + 1, had + 1);
    Clear(flows_.addresses, flows_.addressCount + 1, hadAddresses + 1);
    Clear(flows_.extras, flows_.extraCount + 1, hadExtras + 1);
  }

  void MoveStations() {
    StationTable& stations = flows_.stations;
    const u32 had = stations.count;
    for (u32 entry = 0; entry <= had; entry++) owner_[entry] = 0;
    for (u32 row = 1; row <= flows_.count; row++) owner_[flows_.colds[row].stations] = 1;
    stations.count = 0;
    for (u32 entry = 1; entry <= had; entry++) {
      if (owner_[entry] == 0) continue;
      owner_[entry] = ++stations.count;
      stations.list[stations.count] = stations.list[entry];
    }
    for (u32 row = 1; row <= flows_.count; row++) flows_.colds[row].stations = owner_[flows_.colds[row].stations];
    Clear(stations.list, stations.count + 1, had + 1);
    stations.PlaceAll();
  }

  void MoveRares() {
    const u32 had = flows_.rareCount;
    for (u32 entry = 0; entry <= had; entry++) owner_[entry] = 0;
    for (u32 row = 1; row <= flows_.count; row++) owner_[flows_.colds[row].rare] = row;
    flows_.rareCount = 0;
    for (u32 entry = 1; entry <= had; entry++) {
      if (owner_[entry] == 0) continue;
      flows_.rares[++flows_.rareCount] = flows_.rares[entry];
      flows_.colds[owner_[entry]].rare = flows_.rareCount;
    }
    Clear(flows_.rares, flows_.rareCount + 1, had + 1);
  }

  void MoveLosses() {
    const u32 had = flows_.lossCount;
    for (u32 entry = 0; entry <= had; entry++) owner_[entry] = 0;
    for (u32 rare = 1; rare <= flows_.rareCount; rare++) owner_[flows_.rares[rare].loss] = rare;
    flows_.lossCount = 0;
    for (u32 entry = 1; entry <= had; entry++) {
      if (owner_[entry] == 0) continue;
      flows_.losses[++flows_.lossCount] = flows_.losses[entry];
      flows_.rares[owner_[entry]].loss = flows_.lossCount;
    }
    Clear(flows_.losses, flows_.lossCount + 1, had + 1);
  }

  void MoveClosures() {
    ClosureTable& closures = flows_.closures;
    const u32 had = closures.count;
    closures.count = 0;
    for (u32 entry = 1; entry <= had; entry++) {
      const u32 row = newRow_[closures.list[entry].row];
      if (row == 0) continue;
      const u32 to = ++closures.count;
      closures.list[to] = closures.list[entry];
      closures.list[to].row = row;
      flows_.rares[flows_.colds[row].rare].closure = to;
    }
    Clear(closures.list, closures.count + 1, had + 1);
  }

  void MoveMovers() {
    const u32 had = movers_.count;
    movers_.count = 0;
    for (u32 mover = 1; mover <= had; mover++) {
      const u32 row = newRow_[movers_.At(mover).flow];
      if (row == 0) continue;
      const u32 to = ++movers_.count;
      if (to != mover) __builtin_memcpy(&movers_.At(to), &movers_.At(mover), movers_.stride);
      movers_.At(to).flow = row;
      u32& state = flows_.rows[row].state;
      state = (state & ((1u << kMoverShift) - 1)) | to << kMoverShift;
    }
    __builtin_memset(&movers_.At(movers_.count + 1), 0, static_cast<u64>(had - movers_.count) * movers_.stride);
    MoveHoles();
    MoveRuns();
    MoveSamples();
  }

  void MoveHoles() {
    HolePool& pool = movers_.holes;
    const u32 had = pool.count;
    for (u32 entry = 0; entry <= had; entry++) owner_[entry] = 0;
    for (u32 mover = 1; mover <= movers_.count; mover++) owner_[movers_.At(mover).coverage.holes] = mover;
    pool.count = 0;
    for (u32 entry = 1; entry <= had; entry++) {
      if (owner_[entry] == 0) continue;
      pool.list[++pool.count] = pool.list[entry];
      movers_.At(owner_[entry]).coverage.holes = pool.count;
    }
    Clear(pool.list, pool.count + 1, had + 1);
  }

  // Chains through the pool.
  void MoveRuns() {
    Run* runs = movers_.runs;
    u32* places = movers_.runPlaces;
    const u32 had = movers_.runCount;
    for (u32 run = 0; run <= had; run++) places[run] = 0;
    for (u32 mover = 1; mover <= movers_.count; mover++) {
      for (u32 run = movers_.At(mover).firstRun; run != 0; run = runs[run].next) places[run] = 1;
    }
    movers_.runCount = 0;
    for (u32 run = 1; run <= had; run++) if (places[run] != 0) places[run] = ++movers_.runCount;
    for (u32 mover = 1; mover <= movers_.count; mover++) {
      Mover& m = movers_.At(mover);
      m.firstRun = places[m.firstRun];
      m.lastRun = places[m.lastRun];
    }
    for (u32 run = 1; run <= had; run++) {
      const u32 to = places[run];
      if (to == 0) continue;
      runs[to] = runs[run];
      runs[to].next = places[runs[run].next];
    }
    Clear(runs, movers_.runCount + 1, had + 1);
  }

  void MoveSamples() {
    u32 owner[kSampledMost + 1] = {};
    for (u32 mover = 1; mover <= movers_.count; mover++) owner[movers_.At(mover).samples] = mover;
    const u32 had = movers_.sampledCount;
    movers_.sampledCount = 0;
    for (u32 block = 1; block <= had; block++) {
      if (owner[block] == 0) continue;
      const u32 to = ++movers_.sampledCount;
      if (to != block) __builtin_memcpy(movers_.samples + to * kSamples, movers_.samples + block * kSamples, kSamples * sizeof(Sample));
      movers_.At(owner[block]).samples = to;
    }
  }
};
