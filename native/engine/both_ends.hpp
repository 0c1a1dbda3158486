// What the two directions of a connection say together, looked at when the pass is over: how long a port's SYN waited for its
// answer on another port, which bounds what their clocks differ, which holes the other end acknowledged, and whose data met closed
// windows.
#pragma once

#include "flow_table.hpp"
#include "load.hpp"
#include "movers.hpp"

constexpr u32 kTurnaroundsKept = 3;
// A SYN that is sent again comes after a second (RFC 6298 2.1), and ports are not used again sooner: beyond this the two frames may
// be of two attempts.
constexpr i64 kOneAttemptNs = 900'000'000;
constexpr u32 kAnswersMost = 1 << 17;  // connections looked at: more do not sharpen a least value

// From the port of a SYN to that of its answer.
struct Turnaround {
  i64 least[kTurnaroundsKept];  // ns, ascending; below 0 where the answer's clock is behind
  u32 count;
  u32 spare;
};
static_assert(sizeof(Turnaround) == 32, "layout shared with TypeScript");

class BothEnds {
 public:
  Turnaround turnarounds[kPorts * kPorts] = {};

  void Look(FlowTable& flows, MoverTable& movers, const DigestKeys& keys) {
    for (u32 mover = 1; mover <= movers.count; mover++) movers.At(mover).answeredBy = Reverse(flows, keys, movers.At(mover).flow);
    ClosureTable& closures = flows.closures;
    for (u32 i = 1; i <= closures.count; i++) closures.list[i].data = Reverse(flows, keys, closures.list[i].row);
    u32 answers = 0;
    for (u32 row = 1; row <= flows.count; row++) {
      const Cold& cold = flows.colds[row];
      const u32 handshake = cold.handshake;
      const u32 loss = flows.rares[cold.rare].loss;
      const bool isOpen = loss != 0 && flows.losses[loss].openHoles > 0;
      if (!isOpen && (handshake != 2 || answers == kAnswersMost)) continue;
      const u32 other = Reverse(flows, keys, row);
      if (handshake == 2 && other != 0) {
        answers++;
        Answer(flows, other, row);
      }
      if (isOpen) End(flows, row, other);
    }
  }

  // The row of the opposite direction between the same two stations; 0 if there is none. Tunnels and labels have no opposite
  // that is known.
  static u32 Reverse(const FlowTable& flows, const DigestKeys& keys, u32 row) {
    const Cold& cold = flows.colds[row];
    if (flows.RareIfAny(row).extra != 0) return 0;
    const u32* k = flows.StationsOf(row).word;
    u32 m[kIpv6Words] = {k[1] >> 16 | k[2] << 16, k[2] >> 16 | k[0] << 16, k[0] >> 16 | k[1] << 16,
                         cold.type, cold.ports << 16 | cold.ports >> 16, cold.protocol};
    if (!cold.IsSix()) {
      m[6] = cold.address[1];
      m[7] = cold.address[0];
      return flows.Find(Digest(keys, m, kIpv4Words));
    }
    const u32* address = flows.addresses[cold.address[0]].word;
    for (u32 i = 0; i < 4; i++) {
      m[6 + i] = address[4 + i];
      m[10 + i] = address[i];
    }
    return flows.Find(Digest(keys, m, kIpv6Words));
  }

 private:
  void Answer(const FlowTable& flows, u32 asked, u32 answered) {
    const Cold &syn = flows.colds[asked], &answer = flows.colds[answered];
    if (syn.handshake != 1) return;
    if (flows.rows[asked].mover() != 0 || flows.rows[answered].mover() != 0) return;
    i64 time = static_cast<i64>(answer.firstTime - syn.firstTime);
    if (time >= kOneAttemptNs || time <= -kOneAttemptNs) return;
    Turnaround& t = turnarounds[flows.rows[asked].port() * kPorts + flows.rows[answered].port()];
    u32 kept = Min(t.count++, kTurnaroundsKept);
    for (u32 i = 0; i < kept; i++) {
      if (t.least[i] <= time) continue;
      const i64 longer = t.least[i];
      t.least[i] = time;
      time = longer;
    }
    if (kept < kTurnaroundsKept) t.least[kept] = time;
  }

  // Where the other end sent no data, its row holds the highest number it acknowledged.
  static void End(FlowTable& flows, u32 row, u32 other) {
    const bool isKnown = other != 0 && flows.rows[other].mover() == 0 && flows.rows[other].pairs > kNoDataYet;
    flows.losses[flows.rares[flows.colds[row].rare].loss].End(flows.rows[row].lastTime, isKnown, flows.rows[other].nextSequence);
  }
};
