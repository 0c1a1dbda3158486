// What must hold of an engine after any input, and a digest of its rows that no scheduling may change: order of rows, places
// in areas and the lane that happened to make a row are left out.
#pragma once

#include <initializer_list>

#include "feeder.hpp"

class Hash {
 public:
  UNCOVERED void Add(u64 word) {
    value_ = (value_ ^ word) * 0x9e3779b97f4a7c15ull;
    value_ ^= value_ >> 29;
  }
  UNCOVERED void AddWords(const u32* words, u32 n) {
    for (u32 i = 0; i < n; i++) Add(words[i]);
  }
  u64 value() const { return value_; }

 private:
  u64 value_ = 0x51ed270b27c5a8f1ull;
};

class Judge {
 public:
  Judge(Engine& engine, const Counted& counted) : engine_(engine), counted_(counted) {}

  // Dies where a law is broken.
  UNCOVERED void CheckLaws() {
    u64 frames = engine_.overflowFrames;
    u64 octets = 0;
    CHECK(engine_.flows.count <= engine_.flows.capacity);
    CHECK(engine_.movers.count <= engine_.movers.capacity);
    CHECK(engine_.movers.runCount <= engine_.movers.runCapacity);
    u32 followed = 0, refused = 0;
    for (u32 row = 1; row <= engine_.flows.count; row++) {
      const Row& r = engine_.flows.rows[row];
      frames += FramesOf(row);
      octets += r.octets;
      CHECK(r.lane() < engine_.laneCount);
      CHECK(engine_.flows.Find(r.digest) == row);
      CHECK(FramesOf(row) == 0 || engine_.flows.colds[row].firstTime <= r.lastTime);
      u64 gaps = 0;
      for (u32 gap : r.gaps) gaps += gap;
      CHECK(gaps <= (r.frames > 0 ? r.frames - 1 : 0));
      if (r.mover() == 0) continue;
      if (r.mover() == kNoRoom) {
        refused++;
        continue;
      }
      followed++;
      CheckMover(row);
    }
    CHECK(followed == engine_.movers.count && refused == engine_.movers.refused);
    const u64 read = counted_.frames - counted_.slowFrames - counted_.skippedFrames;
    CHECK(frames == read);
    CheckLoad(read, counted_.octets - counted_.slowOctets - counted_.skippedOctets, octets);
  }

  // False where a table was full: then it depends on the order of insertion which flow found room.
  bool Comparable() const {
    return engine_.overflowFrames == 0 && engine_.movers.refused == 0 && engine_.movers.runCount < engine_.movers.runCapacity;
  }

  UNCOVERED u64 DigestOfRows() {
    u64 sum = 0;
    for (u32 row = 1; row <= engine_.flows.count; row++) {
      if (FramesOf(row) > 0) sum += DigestOfRow(row);
    }
    return sum;
  }

  UNCOVERED u64 DigestOfLoad() {
    Hash rest;
    const Load& load = engine_.load;
    rest.Add(load.start);
    rest.Add(load.width);
    rest.Add(load.used);
    ForEachBucket([&rest](u64 octets, u64 frames) {
      rest.Add(octets);
      rest.Add(frames);
    });
    u64 silences = 0;
    for (u32 i = 0; i < load.silenceCount; i++) {
      Hash each;
      each.Add(load.silences[i].from);
      each.Add(load.silences[i].to);
      each.Add(load.silences[i].lane);
      each.Add(load.silences[i].portAndDirection);
      silences += each.value();
    }
    rest.Add(silences);
    for (u32 i = 0; i < engine_.laneCount; i++) rest.Add(engine_.lanes[i].frames);
    return rest.value();
  }

 private:
  Engine& engine_;
  const Counted& counted_;

  u64 FramesOf(u32 row) const { return engine_.flows.FramesOf(row); }

  UNCOVERED void CheckMover(u32 row) {
    const u32 mover = engine_.flows.rows[row].mover();
    CHECK(mover <= engine_.movers.count);
    const Mover& m = engine_.movers.At(mover);
    CHECK(m.flow == row);
    const u32 ports = engine_.movers.ports;
    CHECK(m.currentPort < ports && m.committedPort < ports);
    u64 frames = 0, whole = 0, octets = 0, changes = 0, gaps = 0, gapChanges = 0;
    for (u32 port = 0; port < ports; port++) {
      const MoverPort& p = engine_.movers.PerPort(mover)[port];
      whole += p.wholeFrames;
      frames += p.wholeFrames + p.firstFragments + p.laterFragments + p.duplicates;
      octets += p.octets + p.duplicateOctets;
      for (u32 to = 0; to < ports; to++) changes += engine_.movers.Transitions(mover)[port * ports + to];
    }
    for (u32 bin = 0; bin < kGapBins; bin++) {
      gaps += m.gapFrames[bin];
      gapChanges += m.gapSwitches[bin];
      CHECK(m.gapSwitches[bin] <= m.gapFrames[bin]);
    }
    CHECK(frames == FramesOf(row));
    CHECK(octets == engine_.flows.rows[row].octets);
    CHECK(changes == m.switches && gapChanges == m.switches);
    CHECK(gaps == (whole > 0 ? whole - 1 : 0));
    CHECK(m.longestRun <= whole && m.committedSwitches <= m.switches && m.mixedFrames <= whole);
    CHECK(m.coverage.openHoles <= kHolesKept && m.coverage.recentCount <= 3 && m.filledHoles <= m.holes);
    CheckRuns(m, whole);
  }

  UNCOVERED void CheckRuns(const Mover& m, u64 whole) {
    CHECK(m.runCount <= kRunsKept);
    u32 entry = m.firstRun;
    u64 frames = 0;
    for (u32 i = 0; i < m.runCount; i++) {
      CHECK(entry != 0 && entry <= engine_.movers.runCount);
      const Run& run = engine_.movers.runs[entry];
      CHECK(run.port < engine_.movers.ports && run.first <= run.last && run.frames > 0);
      frames += run.frames;
      if (i + 1 == m.runCount) CHECK(run.next == 0 && (m.truncatedRuns || m.lastRun == entry));
      else CHECK(engine_.movers.runs[run.next].port != run.port);
      entry = run.next;
    }
    CHECK(m.truncatedRuns ? frames <= whole : frames == whole);
    CHECK(m.truncatedRuns || whole == 0 || m.runCount == m.switches + 1);
  }

  // Of the ports that rows name; of all where a frame may have no row. Reading the other buckets costs more than the run.
  template <typename Use>
  UNCOVERED void ForEachBucket(Use use) const {
    const Load& load = engine_.load;
    u32 ports = engine_.overflowFrames > 0 ? ~0u : 0;
    for (u32 row = 1; row <= engine_.flows.count; row++) {
      const Row& r = engine_.flows.rows[row];
      ports |= r.mover() == 0 ? 1u << r.port() : ~0u;
    }
    for (u32 strip = 0; strip < 2 * kPorts; strip++) {
      if (!(ports >> strip % kPorts & 1)) continue;
      for (u32 bucket = 0; bucket < load.used; bucket++) use(load.octets[strip * kBuckets + bucket], load.frames[strip * kBuckets + bucket]);
    }
  }

  // All frames are in the series, those without a row too.
  UNCOVERED void CheckLoad(u64 read, u64 octetsRead, u64 octetsInRows) {
    const Load& load = engine_.load;
    u64 frames = 0, octets = 0;
    CHECK(load.used <= kBucketsUsed && load.silenceCount <= kSilences);
    ForEachBucket([&](u64 inBucket, u64 framesInBucket) {
      octets += inBucket;
      frames += framesInBucket;
    });
    CHECK(frames == read && octets == octetsRead);
    CHECK(octetsInRows <= octetsRead && (engine_.overflowFrames > 0 || octetsInRows == octetsRead));
  }

  UNCOVERED u64 DigestOfRow(u32 row) {
    const Row& r = engine_.flows.rows[row];
    const Cold& c = engine_.flows.colds[row];
    const Rare& rare = engine_.flows.RareIfAny(row);
    Hash hash;
    for (u64 word : {r.digest, r.lastTime, r.octets, c.firstTime}) hash.Add(word);
    hash.AddWords(r.gaps, kGapBins - 1);
    hash.AddWords(engine_.flows.StationsOf(row).word, 3);
    for (u32 word : {c.type, c.ports, u32{c.protocol}, u32{c.flags}, u32{c.lane}, u32{c.handshake}, u32{c.scale}, u32{c.told}}) hash.Add(word);
    for (u32 word : {r.frames, r.port(), r.direction(), c.firstFrame, rare.firstFragments, rare.laterFragments, rare.superFrames,
                     rare.truncated, rare.framesHigh}) hash.Add(word);
    if (c.IsSix()) hash.AddWords(engine_.flows.addresses[c.address[0]].word, 8);
    else hash.AddWords(c.address, 2);
    if (rare.extra != 0) hash.AddWords(engine_.flows.extras[rare.extra].word, kExtraWords);
    if (r.mover() == 0) {
      for (u64 word : {u64{r.pairs}, u64{r.nextSequence}, u64{c.firstSequence}, u64{rare.holes}, rare.holeOctets, u64{rare.repeats}}) hash.Add(word);
      if (engine_.flows.lossesRefused == 0) AddLoss(hash, engine_.flows.LossIfAny(row));
      const Closure& closure = engine_.flows.closures.list[rare.closure];
      for (u64 word : {closure.since, closure.closed, u64{closure.frames}, u64{closure.times}}) hash.Add(word);
    } else if (r.mover() != kNoRoom) {
      AddMover(hash, r.mover());
    }
    return hash.value();
  }

  UNCOVERED static void AddLoss(Hash& hash, const Loss& loss) {
    for (u32 word : {loss.late, loss.filled, loss.again, loss.missed, loss.openHoles, loss.forgotten}) hash.Add(word);
    for (u32 i = 0; i < loss.openHoles; i++) for (u64 word : {loss.hole[i].since, u64{loss.hole[i].from}, u64{loss.hole[i].to}}) hash.Add(word);
  }

  UNCOVERED void AddMover(Hash& hash, u32 mover) {
    const Mover& m = engine_.movers.At(mover);
    for (u32 word : {m.switches, m.longestRun, m.pairs, m.holes, m.ackAdvances, m.ackSwitches, m.committedSwitches, m.mixedFrames,
                     u32{m.truncatedRuns}, m.coverage.reordered, m.coverage.extentMax, m.coverage.nReordered3, m.filledHoles,
                     m.ackOwnAdvances, m.alikeOnPort, m.alikeElsewhere}) hash.Add(word);
    hash.Add(m.coverage.freshOctets);
    hash.Add(m.coverage.span);
    hash.AddWords(m.gapFrames, kGapBins);
    hash.AddWords(m.gapSwitches, kGapBins);
    const u32 ports = engine_.movers.ports;
    hash.AddWords(engine_.movers.Transitions(mover), ports * ports);
    for (u32 port = 0; port < ports; port++) {
      const MoverPort& p = engine_.movers.PerPort(mover)[port];
      for (u64 word : {p.octets, p.duplicateOctets, p.first, p.last}) hash.Add(word);
      for (u32 word : {p.wholeFrames, p.firstFragments, p.laterFragments, p.duplicates, p.firstFrame}) hash.Add(word);
    }
    u32 entry = m.firstRun;
    for (u32 i = 0; i < m.runCount; i++) {
      const Run& run = engine_.movers.runs[entry];
      for (u64 word : {run.first, run.last, u64{run.frames}, u64{run.port}}) hash.Add(word);
      entry = run.next;
    }
  }
};
