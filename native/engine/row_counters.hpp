// What the rows of the flow table count. A flow on one port is counted in its cache line alone, but for what is rare; one
// with a mover row goes on counting totals and times here.
#pragma once

#include "movers.hpp"

class RowCounters {
 public:
  FlowTable* flows;

  // A whole frame of a flow on one port that goes on as expected, as CountSingle does; false, and nothing is counted, if there is
  // more to it.
  LACPSCOPE_INLINE bool CountUsual(Row& row, const Descriptor& d) {
    const i64 gap = static_cast<i64>(d.time - row.lastTime);
    if (row.frames == 0 || row.frames == ~0u || gap < 0) return false;
    const i32 ahead = SequenceDifference(d.sequence, row.nextSequence);
    if (d.flags & kTcpData) {
      if ((row.pairs & kNoDataYet) || ahead != 0) return false;
      row.pairs++;
      row.nextSequence = d.sequence + d.payload;
      if (d.wire > 1522) flows->RareOf(d.row).superFrames++;
    } else if (d.payload & (kClosedWindow | kSyn)) {
      return false;
    } else if ((d.flags & kTcpBare) && (row.pairs & kNoDataYet)) {
      if (row.pairs == kNoDataYet || ahead == 0) return false;
      if (ahead > 0) {
        row.pairs++;
        row.nextSequence = d.sequence;
      }
    }
    if (gap > 10'000) row.gaps[GapBin(gap) - 1]++;
    row.lastTime = d.time;
    row.octets += d.wire;
    row.frames++;
    return true;
  }

  // A flow on one port: everything it needs is in its cache line, but for what is rare.
  void CountSingle(Row& row, const Descriptor& d, u32 lane) {
    const i64 gap = static_cast<i64>(d.time - row.lastTime);
    if (row.frames == 0) {
      CountFirstWhole(row, d, lane);
    } else if (gap > 0) {
      if (gap > 10'000) row.gaps[GapBin(gap) - 1]++;
      row.lastTime = d.time;
    }
    row.octets += d.wire;
    if (++row.frames == 0) flows->RareOf(d.row).framesHigh++;
    if (d.flags & kTcpData) {
      if (row.pairs & kNoDataYet) {
        row.pairs = ~0u;  // the first segment meets its own number
        row.nextSequence = d.sequence;
        flows->colds[d.row].firstSequence = d.sequence;
      }
      const i32 ahead = SequenceDifference(d.sequence, row.nextSequence);
      if (ahead >= 0) {
        row.pairs++;
        if (ahead > 0) CountHole(row, d, static_cast<u32>(ahead));
        row.nextSequence = d.sequence + d.payload;
      } else {
        CountRepeat(row, d);
      }
      if (d.wire > 1522) flows->RareOf(d.row).superFrames++;
    } else if (d.flags & kTcpBare) {
      if (row.pairs & kNoDataYet) {
        const i32 ahead = SequenceDifference(d.sequence, row.nextSequence);
        if (row.pairs == kNoDataYet || ahead > 0) {
          row.pairs++;
          row.nextSequence = d.sequence;
        } else if (ahead == 0) {
          CountSameAcknowledgement(row, d);
        }
      }
      if (d.payload & (kClosedWindow | kSyn)) CountOdd(row, d);
    } else if (d.payload & kSyn) {
      BeginAnew(row, d);
    }
    if (d.flags & kTruncated) flows->RareOf(d.row).truncated++;
  }

  // Fragments may have come before it.
  LACPSCOPE_NOINLINE void CountFirstWhole(Row& row, const Descriptor& d, u32 lane) {
    if (flows->colds[d.row].firstFrame == 0) CountFirst(row, d, lane);
    if (d.time > row.lastTime) row.lastTime = d.time;
  }

  LACPSCOPE_NOINLINE void CountFirst(Row& row, const Descriptor& d, u32 lane) {
    Cold& cold = flows->colds[d.row];
    cold.firstTime = row.lastTime = d.time;
    cold.firstFrame = d.frame;
    cold.firstDigest = d.frameDigest;
    cold.lane = lane;
    cold.handshake = !(d.flags & kTcpData) && d.payload & kSyn ? (d.payload == kSyn ? 1 : 2) : 0;
    // The row may have been made by a frame that a lane decoded earlier but that came later.
    if ((row.state & 15) != d.port) row.state = (row.state & ~15u) | d.port;
  }

  // The third equal one after the first asks for a segment again (RFC 5681 3.2). A run is told by how often the number advanced.
  LACPSCOPE_NOINLINE void CountSameAcknowledgement(const Row& row, const Descriptor& d) {
    Rare& rare = flows->RareOf(d.row);
    if (d.payload & kClosedWindow) return;
    if (rare.closure != 0) flows->closures.list[rare.closure].Open(d.time, row.pairs);
    if (rare.runOf != row.pairs) {
      rare.runOf = row.pairs;
      rare.run = 0;
    }
    if (++rare.run == 3) rare.dupAckRuns++;
  }

  LACPSCOPE_NOINLINE void CountOdd(Row& row, const Descriptor& d) {
    if (d.payload & kSyn) BeginAnew(row, d);
    else CountClosed(row, d);
  }

  // The ports are used again. Where it begins is near where it ended: an initial number grows by 2^26 in four seconds only (RFC 6528 3).
  LACPSCOPE_NOINLINE void BeginAnew(Row& row, const Descriptor& d) {
    if (row.pairs & kNoDataYet) {
      if (d.flags & kTcpBare) row.nextSequence = d.sequence;
      return;
    }
    Rare& rare = flows->RareOf(d.row);
    rare.anew = 1;
    if (rare.loss != 0) flows->losses[rare.loss].Forget();
  }

  // The first segment of a connection that uses the ports again.
  bool IsAnew(u32 row) {
    if (flows->RareIfAny(row).anew == 0) return false;
    flows->RareOf(row).anew = 0;
    return true;
  }

  LACPSCOPE_NOINLINE void CountClosed(const Row& row, const Descriptor& d) {
    Rare& rare = flows->RareOf(d.row);
    if (rare.closure == 0) rare.closure = flows->closures.Begin(d.row);
    // With data of its own, how often it acknowledged more is not counted: then the times are at least one.
    if (rare.closure != 0) flows->closures.list[rare.closure].Say(d.time, row.pairs & kNoDataYet ? row.pairs : 0);
  }

  LACPSCOPE_NOINLINE void CountHole(const Row& row, const Descriptor& d, u32 octets) {
    if (octets >= kNewConnection || IsAnew(d.row)) return;
    Rare& rare = flows->RareOf(d.row);
    rare.holes++;
    rare.holeOctets += octets;
    if (Loss* loss = flows->LossOf(d.row)) loss->Miss(row.nextSequence, d.sequence, d.time);
  }

  LACPSCOPE_NOINLINE void CountRepeat(Row& row, const Descriptor& d) {
    const u32 end = d.sequence + d.payload;
    if (row.nextSequence - d.sequence >= kNewConnection || IsAnew(d.row)) {
      row.nextSequence = end;
      return;
    }
    // The last octet once more, alone: a keep-alive, or a probe of a closed window (RFC 9293 3.8.4, 3.8.6.1).
    if (d.payload == 1 && end == row.nextSequence) return;
    flows->RareOf(d.row).repeats++;
    if (Loss* loss = flows->LossOf(d.row)) loss->Come(d.sequence, end, d.time);
    if (SequenceDifference(end, row.nextSequence) > 0) row.nextSequence = end;
  }

  // What a flow's own row goes on counting once it has a mover row: totals and times.
  LACPSCOPE_INLINE void CountTotals(Row& row, const Descriptor& d) {
    const u64 gap = d.time > row.lastTime ? d.time - row.lastTime : 0;
    if (row.frames != 0 && gap > 10'000) row.gaps[GapBin(gap) - 1]++;  // gaps are between whole frames
    if (d.time > row.lastTime) row.lastTime = d.time;
    row.octets += d.wire;
    if (++row.frames == 0) flows->RareOf(d.row).framesHigh++;
    if (d.flags & kTcpData && d.wire > 1522) flows->RareOf(d.row).superFrames++;
    if (d.flags & kTruncated) flows->RareOf(d.row).truncated++;
  }

  void CountFragment(Row& row, const Descriptor& d, u32 lane) {
    if (flows->colds[d.row].firstFrame == 0) CountFirst(row, d, lane);
    Rare& rare = flows->RareOf(d.row);
    row.octets += d.wire;
    if (d.time > row.lastTime) row.lastTime = d.time;
    if (d.flags & kLaterFragment) rare.laterFragments++;
    else rare.firstFragments++;
    if (d.flags & kTruncated) rare.truncated++;
  }
};
