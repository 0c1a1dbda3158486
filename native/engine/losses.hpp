// What a TCP flow on one port missed, and what of it came later: by sequence numbers alone, so no clock of another port matters.
// Only flows with a hole or a repeated segment have an entry.
#pragma once

#include "memory.hpp"

constexpr u32 kOpenHoles = 6;
constexpr u64 kLateNs = 3'000'000;            // within it a segment was overtaken; later it was sent again (as tshark judges)
constexpr u64 kOutlivedNs = 3'000'000'000;    // no sender leaves a loss unrepaired for so long and goes on
constexpr u32 kNewConnection = 1u << 26;      // octets: farther apart than any window, the ports were used again

LACPSCOPE_INLINE bool IsNewConnection(i32 ahead) {
  return ahead >= static_cast<i32>(kNewConnection) || ahead <= -static_cast<i32>(kNewConnection);
}

struct Loss {
  struct Open { u64 since; u32 from, to; };
  u32 late;      // segments that were overtaken before the capture
  u32 filled;    // segments that filled a hole: lost before the capture, and sent again
  u32 again;     // segments whose octets had been seen: lost behind the capture, or sent again without need
  u32 missed;    // holes that were acknowledged, or outlived, and never filled: lost by the capture
  u32 openHoles;
  u32 forgotten; // holes that made room for others
  u64 forgottenOctets;
  Open hole[kOpenHoles];

  // Numbers begin anew: what these holes lack won't come any more, and whether it was lost is not known.
  void Forget() { openHoles = forgotten = 0; }

  void Miss(u32 from, u32 to, u64 time) {
    if (openHoles == kOpenHoles) {
      forgotten++;
      forgottenOctets += hole[0].to - hole[0].from;
      Close(0);
    }
    hole[openHoles++] = {time, from, to};
  }

  // A segment below the expected number.
  void Come(u32 from, u32 to, u64 time) {
    u64 since = ~0ull;
    for (u32 i = 0; i < openHoles;) {
      Open& h = hole[i];
      const u32 a = SequenceDifference(from, h.from) > 0 ? from : h.from;
      const u32 b = SequenceDifference(to, h.to) < 0 ? to : h.to;
      if (SequenceDifference(b, a) <= 0) {
        i++;
        continue;
      }
      if (h.since < since) since = h.since;
      if (a == h.from && b == h.to) {
        Close(i);
        continue;
      }
      if (a != h.from && b != h.to && openHoles < kOpenHoles) hole[openHoles++] = {h.since, b, h.to};
      if (a == h.from) h.from = b;
      else h.to = a;
      i++;
    }
    if (since == ~0ull) again++;
    else if (time <= since + kLateNs) late++;
    else filled++;
  }

  // What is still open when the pass is over. `acknowledged`: the highest number that the other end did, where that is known.
  void End(u64 lastTime, bool isKnown, u32 acknowledged) {
    for (u32 i = 0; i < openHoles; i++) {
      const bool arrived = isKnown && SequenceDifference(acknowledged, hole[i].to) >= 0;
      missed += arrived || lastTime > hole[i].since + kOutlivedNs;
    }
  }

  // Octets that never came, as far as is known.
  u64 MissingOctets() const {
    u64 octets = forgottenOctets;
    for (u32 i = 0; i < openHoles; i++) octets += hole[i].to - hole[i].from;
    return octets;
  }

 private:
  // Those behind it move up: the first is the oldest.
  void Close(u32 at) {
    openHoles--;
    for (u32 i = at; i < openHoles; i++) hole[i] = hole[i + 1];
  }
};
static_assert(sizeof(Loss) == 128, "in whole words");
