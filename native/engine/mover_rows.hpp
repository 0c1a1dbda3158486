// What is counted of a flow that was seen on two or more ports: its runs, and by port.
#pragma once

#include "coverage.hpp"
#include "descriptor.hpp"
#include "gap_bins.hpp"

constexpr u32 kPortsMost = 16;

struct Run {
  u64 first, last;
  u32 frames;
  u32 next : 28;  // entry in the run pool, 0: none
  u32 port : 4;
};
static_assert(sizeof(Run) == 24, "layout shared with TypeScript");

// In whole cache lines, by what is touched together: two at a time, as processors fetch them. The transitions and the ports follow, see
// MoverTable.
struct alignas(64) Mover {
  // Every whole frame.
  u64 lastTime;
  u64 committedLast;
  u32 flow;
  u32 currentPort;
  u32 committedPort;
  u32 committedSwitches;
  u32 switches;
  u32 longestRun;
  u32 runFrames;       // of the current run
  u32 firstRun, lastRun, runCount;
  u32 pendingFrames;
  u16 truncatedRuns;
  u16 chainOpen;
  u32 gapFrames[kGapBins];
  u32 gapSwitches[kGapBins];
  u32 ackPort, ackSeen;
  // Every change of port, and every segment.
  u64 chainFirst, chainLast;  // first and last switch of a chain of switches no more than 2 skew apart
  u32 chainFrames, mixedFrames;
  u32 pairs, holes;
  u32 ackAdvances, ackSwitches, ackHighest;
  u32 samples;      // number of its block, 0: none
  u32 sampled;
  u32 answeredBy;   // row of the opposite direction, 0: none
  u32 filledHoles;  // by their own port
  u32 ackOwnAdvances;  // each port by itself, summed up
  Coverage coverage;
  // Whole frames that nothing numbers, equal to one within 50 ms: of their own port, or of another one but not known for a copy.
  u32 alikeOnPort, alikeElsewhere;
};
static_assert(sizeof(Mover) == 320 && __builtin_offsetof(Mover, gapFrames) == 64 && __builtin_offsetof(Mover, chainFirst) == 128 &&
                  __builtin_offsetof(Mover, coverage) == 192,
              "layout shared with TypeScript; lines of 64 octets");

// A whole frame of a flow on several ports: where it went, and what it had that others had not.
struct Sample { Changing changing; u32 port, number; };  // number: Descriptor.sequence
static_assert(sizeof(Sample) == 20, "layout shared with TypeScript");
constexpr u32 kSamples = 512, kSampledMost = 512;  // of a flow; flows

struct MoverPort {
  u64 octets, duplicateOctets;
  u64 first, last;
  u32 wholeFrames, firstFragments, laterFragments, duplicates;
  u32 nextSequence, sequenceSeen;
  u32 firstFrame, lane;
  OwnHoles ownHoles;
  u32 ackHighest, ackSeen;
};
static_assert(sizeof(MoverPort) == 128, "layout shared with TypeScript");
