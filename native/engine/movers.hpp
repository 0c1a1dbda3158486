// Flows that were seen on two or more ports: counted in exact time order, one row each, O(ports^2). A row begins at the
// first frame on another port, from what the flow's own row holds until then.
#pragma once

#include "copies.hpp"
#include "mover_rows.hpp"

constexpr u32 kRunsKept = 256;

class MoverTable {
 public:
  u32 count = 0;
  u32 refused = 0;  // flows on several ports for which there was no row
  u32 capacity = 0;
  u32 ports = 0;    // for which a row has room; grows where a capture brings more
  u32 portsAt = 0;  // octets of a row in front of its ports: the fixed part and the transitions, in pairs of lines
  u32 stride = 0;   // octets per row
  u8* area;
  Sample* samples;
  u32 sampledCount = 0;  // flows
  HolePool holes;
  Run* runs;
  u32* runPlaces;  // where an entry goes, while some go
  u32 runCount = 0;
  u32 runCapacity = 0;
  u64 twoSkew = 2'000'000;

  bool Init(u32 maxMovers, u32 portCount, u32 portsMost) {
    capacity = Min(maxMovers, kNoRoom - 1);
    ports = portCount;
    portsAt = PortsAt(ports);
    stride = StrideOf(ports);
    runCapacity = Max(4096, Min(capacity * 8, 1u << 19));
    return Reserve(area, static_cast<u64>(capacity + 1) * StrideOf(portsMost)) && Reserve(runs, runCapacity + 1) && Reserve(runPlaces, runCapacity + 1) &&
           Reserve(samples, (kSampledMost + 1) * kSamples) && copies_.Init() &&
           holes.Init(capacity);
  }

  // A port more than the rows have room for: the area was reserved for the most there can be, so they spread in place, the
  // last one first.
  void MakeRoom(u32 portCount) {
    if (portCount <= ports) return;
    const u32 wide = StrideOf(portCount), widePortsAt = PortsAt(portCount);
    for (u32 mover = count; mover > 0; mover--) {
      u8* from = area + static_cast<u64>(mover) * stride;
      u8* to = area + static_cast<u64>(mover) * wide;
      const u32* old = reinterpret_cast<const u32*>(from + sizeof(Mover));
      u32 transitions[kPortsMost * kPortsMost] = {};
      for (u32 p = 0; p < ports; p++) {
        for (u32 q = 0; q < ports; q++) transitions[p * portCount + q] = old[p * ports + q];
      }
      const u32 kept = ports * sizeof(MoverPort);
      __builtin_memmove(to + widePortsAt, from + portsAt, kept);
      __builtin_memset(to + widePortsAt + kept, 0, wide - widePortsAt - kept);
      __builtin_memmove(to, from, sizeof(Mover));
      __builtin_memset(to + sizeof(Mover), 0, widePortsAt - sizeof(Mover));
      __builtin_memcpy(to + sizeof(Mover), transitions, portCount * portCount * 4);
    }
    ports = portCount;
    portsAt = widePortsAt;
    stride = wide;
  }

  Mover& At(u32 mover) { return *reinterpret_cast<Mover*>(area + static_cast<u64>(mover) * stride); }
  MoverPort* PerPort(u32 mover) { return reinterpret_cast<MoverPort*>(area + static_cast<u64>(mover) * stride + portsAt); }
  u32* Transitions(u32 mover) { return reinterpret_cast<u32*>(&At(mover) + 1); }

  // The flow's frames so far were all on its row's port: they become the first run. kNoRoom when the table is full.
  LACPSCOPE_NOINLINE u32 Begin(u32 flow, Row& row, const Cold& cold, const Rare& rare, const Loss& loss) {
    if (count >= capacity) {
      refused++;
      row.state |= kNoRoom << kMoverShift;
      return kNoRoom;
    }
    const u32 mover = ++count;
    Mover& m = At(mover);
    MoverPort& p = PerPort(mover)[row.port()];
    m.flow = flow;
    m.currentPort = m.committedPort = row.port();
    p.octets = row.octets;
    p.wholeFrames = row.frames;
    p.firstFragments = rare.firstFragments;
    p.laterFragments = rare.laterFragments;
    p.firstFrame = cold.firstFrame;
    p.lane = cold.lane;
    p.first = cold.firstTime;
    p.last = row.lastTime;
    if (row.frames > 0) {
      m.lastTime = m.committedLast = row.lastTime;
      m.runFrames = m.longestRun = row.frames;
      u32 rest = row.frames - 1;
      for (u32 i = 1; i < kGapBins; i++) {
        m.gapFrames[i] = row.gaps[i - 1];
        rest -= row.gaps[i - 1];
      }
      m.gapFrames[0] = rest;
      StartRun(m, row.port(), cold.firstTime);
      Run& run = runs[m.lastRun];
      run.frames = row.frames;
      run.last = row.lastTime;
    }
    if (row.pairs & kNoDataYet) {
      m.ackAdvances = m.ackOwnAdvances = row.pairs & ~kNoDataYet;
      m.ackSeen = p.ackSeen = m.ackAdvances > 0;
      m.ackHighest = p.ackHighest = row.nextSequence;
      m.ackPort = row.port();
    } else {
      m.pairs = row.pairs;
      m.holes = rare.holes;
      p.sequenceSeen = 1;
      p.nextSequence = row.nextSequence;
      u64 missed = rare.holeOctets;
      if (rare.loss != 0) {
        p.ownHoles.Begin(loss);
        m.filledHoles = rare.holes - Min(rare.holes, loss.openHoles + loss.forgotten);
        missed = loss.MissingOctets();
      }
      m.coverage.Begin(cold.firstSequence, row.nextSequence, missed, row.pairs + 1);
    }
    row.state |= mover << kMoverShift;
    // A flow that began with one frame and its copy on the next port: the window must know that first frame.
    if (row.frames == 1) copies_.Seen(flow, cold.firstDigest, row.port(), row.lastTime, true);
    return mover;
  }

  // Equal frames that nothing numbers may be two; of a broadcast that comes back there is only one.
  static bool Known(const Descriptor& d) { return (d.flags & (kNumbered | kGroup)) != 0; }

  // A frame of a flow that is on one port so far: its copy on another one will be known.
  LACPSCOPE_NOINLINE void Remember(u32 flow, const Descriptor& d) { copies_.Seen(flow, d.frameDigest, d.port, d.time, Known(d)); }

  LACPSCOPE_INLINE void Count(u32 flow, const Descriptor& d, const Changing& changing, u32 mover, u32 lane) {
    Mover& m = At(mover);
    MoverPort& p = PerPort(mover)[d.port];
    const Likeness like = copies_.Seen(flow, d.frameDigest, d.port, d.time, Known(d));
    if (like == Likeness::kCopy) {
      p.duplicates++;
      p.duplicateOctets += d.wire;
      return;
    }
    if (p.firstFrame == 0) {
      p.first = d.time;
      p.firstFrame = d.frame;
      p.lane = lane;
    }
    p.last = d.time;
    p.octets += d.wire;
    if (d.flags & kLaterFragment) {
      p.laterFragments++;
      return;
    }
    if (d.flags & kFirstFragment) {
      p.firstFragments++;
      return;
    }
    if (!Known(d)) {
      m.alikeOnPort += like == Likeness::kOwnPort;
      m.alikeElsewhere += like == Likeness::kOtherPort;
    }
    CountRun(m, mover, d);
    p.wholeFrames++;
    if (m.sampled < kSamples) Keep(m, d, changing);
    if (d.flags & kTcpData) CountSequence(m, p, d);
    else if (d.flags & kTcpBare) CountAcknowledgement(m, p, d);
  }

  // Closes what is open at the end of the capture.
  void Finish() {
    for (u32 mover = 1; mover <= count; mover++) CloseChain(At(mover));
  }

  // Loads what counting the frame will touch, so that the misses of a whole group overlap (wasm has no prefetch).
  LACPSCOPE_INLINE u32 Touch(u32 flow, u32 mover, const Descriptor& d) {
    const u32 copies = copies_.Touch(flow, d.frameDigest);
    if (mover == 0 || mover == kNoRoom) return copies;
    const u8* row = area + static_cast<u64>(mover) * stride;
    const u8* port = row + portsAt + d.port * sizeof(MoverPort);
    return copies + LoadLe32(row) + LoadLe32(row + 64) + LoadLe32(row + 128) + LoadLe32(row + 192) + LoadLe32(port) +
           LoadLe32(port + 64) + LoadLe32(row + sizeof(Mover));
  }

 private:
  friend class Ageing;
  CopyTable copies_;

  static u32 PortsAt(u32 portCount) { return (sizeof(Mover) + portCount * portCount * 4 + 127) & ~127u; }
  static u32 StrideOf(u32 portCount) { return PortsAt(portCount) + portCount * sizeof(MoverPort); }

  LACPSCOPE_NOINLINE void Keep(Mover& m, const Descriptor& d, const Changing& changing) {
    if (m.sampled == 0) {
      if (sampledCount == kSampledMost) {
        m.sampled = kSamples;  // never asked again
        return;
      }
      m.samples = ++sampledCount;
    }
    samples[m.samples * kSamples + m.sampled++] = {changing, d.port, d.sequence};
  }

  LACPSCOPE_NOINLINE void StartRun(Mover& m, u32 port, u64 time) {
    if (m.runCount >= kRunsKept || runCount >= runCapacity) {
      m.truncatedRuns = 1;
      m.lastRun = 0;
      return;
    }
    const u32 entry = ++runCount;
    if (m.runCount++ == 0) m.firstRun = entry;
    else runs[m.lastRun].next = entry;
    m.lastRun = entry;
    runs[entry] = {time, time, 0, 0, port};
  }

  LACPSCOPE_INLINE void CountRun(Mover& m, u32 mover, const Descriptor& d) {
    const bool first = m.runFrames == 0 && m.switches == 0;
    const u64 gap = first ? 0 : d.time - m.lastTime;
    const u32 bin = GapBin(gap);
    if (!first) m.gapFrames[bin]++;
    if (first) {
      m.currentPort = m.committedPort = d.port;
      StartRun(m, d.port, d.time);
    } else if (d.port != m.currentPort) {
      m.switches++;
      m.gapSwitches[bin]++;
      Transitions(mover)[m.currentPort * ports + d.port]++;
      CountChain(m, d.time);
      m.currentPort = d.port;
      m.runFrames = 0;
      if (!m.truncatedRuns) StartRun(m, d.port, d.time);
    }
    if (d.port == m.committedPort) {
      m.committedLast = d.time;
    } else if (d.time - m.committedLast > twoSkew) {
      m.committedPort = d.port;
      m.committedLast = d.time;
      m.committedSwitches++;
    }
    m.pendingFrames++;
    m.lastTime = d.time;
    if (++m.runFrames > m.longestRun) m.longestRun = m.runFrames;
    if (!m.truncatedRuns && m.lastRun != 0) {
      runs[m.lastRun].frames++;
      runs[m.lastRun].last = d.time;
    }
  }

  // Alternation that clock differences could explain lasts no longer than twice their bound: only longer chains count.
  void CountChain(Mover& m, u64 time) {
    if (m.chainOpen && time - m.chainLast <= twoSkew) {
      m.chainFrames += m.pendingFrames;
    } else {
      CloseChain(m);
      m.chainOpen = 1;
      m.chainFirst = time;
      m.chainFrames = 0;
    }
    m.chainLast = time;
    m.pendingFrames = 0;
  }

  void CloseChain(Mover& m) {
    if (m.chainOpen && m.chainLast - m.chainFirst > twoSkew) m.mixedFrames += m.chainFrames;
    m.chainOpen = 0;
  }

  LACPSCOPE_INLINE void CountSequence(Mover& m, MoverPort& p, const Descriptor& d) {
    const u32 end = d.sequence + d.payload;
    // Order within one port needs no clock: each port is compared with its own next expected number.
    const i32 ahead = p.sequenceSeen ? SequenceDifference(d.sequence, p.nextSequence) : 0;
    if (!p.sequenceSeen || IsNewConnection(ahead)) {
      p.sequenceSeen = 1;
      p.nextSequence = end;
      m.coverage.freshOctets += d.payload;
    } else if (ahead >= 0) {
      m.pairs++;
      if (ahead > 0) {
        m.holes++;
        p.ownHoles.Miss(p.nextSequence, d.sequence);
      }
      m.coverage.freshOctets += d.payload;
      p.nextSequence = end;
    } else {
      CountLate(m, p, d, end);
    }
    m.coverage.Count(d.sequence, d.payload, holes);
  }

  LACPSCOPE_NOINLINE void CountLate(Mover& m, MoverPort& p, const Descriptor& d, u32 end) {
    if (d.payload == 1 && end == p.nextSequence) return;  // a keep-alive
    m.filledHoles = Min(m.holes, m.filledHoles + p.ownHoles.Come(d.sequence, end, m.coverage.freshOctets));
    const i32 fresh = SequenceDifference(end, p.nextSequence);
    if (fresh <= 0) return;
    m.coverage.freshOctets += Min(static_cast<u32>(fresh), d.payload);
    p.nextSequence = end;
  }

  LACPSCOPE_INLINE void CountAcknowledgement(Mover& m, MoverPort& p, const Descriptor& d) {
    if (p.ackSeen && SequenceDifference(d.sequence, p.ackHighest) <= 0) return;
    p.ackSeen = 1;
    p.ackHighest = d.sequence;
    m.ackOwnAdvances++;
    if (m.ackSeen && SequenceDifference(d.sequence, m.ackHighest) <= 0) return;
    if (m.ackSeen && m.ackPort != d.port) m.ackSwitches++;
    m.ackSeen = 1;
    m.ackHighest = d.sequence;
    m.ackPort = d.port;
    m.ackAdvances++;
  }
};
