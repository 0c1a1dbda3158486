// What the engine is known to do, left out of comparisons until it is mended. Each has its cause; it goes when the cause does.
#pragma once

// The load series begins at the first frame on the rings: if all that a lane's first portion brought were Slow Protocols
// frames, which are not put there, the size of portions decides.
constexpr bool kSeriesFollowsPortions = true;

// A flow whose frames so far had no octets at all is not followed when it comes on another port.
constexpr bool kEmptyFramesAreNotFollowed = true;

// Later fragments without their first one are counted in the order of time, whole frames of the same flow (no ports, or both
// 0) ahead of them: then which frame is its first depends on the portions.
constexpr bool kOrphansAreOvertaken = true;

// The first whole frame of a flow that began with fragments and came on another port counts as a gap, so that there are as many
// gaps as whole frames, and the first bin, which is what remains of frames less one, is below 0.
constexpr bool kGapsBeginAtFragments = true;
