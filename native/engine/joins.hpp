// Questions about all flows together, asked when the pass is over: which of them agree in some header fields, how many such
// groups there are, which flow answers which. The caller marks the flows that take part, a byte each, and names the fields;
// no flow is copied, and nothing is kept between two questions.
#pragma once

#include "flow_pairs.hpp"
#include "survey.hpp"

constexpr u32 kSplitExamples = 10, kLabels = 127;

struct JoinAnswer {
  u32 connections;  // answered from both sides: flows of TCP beyond the first of each
  u32 oneSided;
  u32 biflows;
  u32 split;
  u32 conversations[2];  // of TCP and of UDP
  u32 examples;
  u32 example[kSplitExamples][2];  // flow; port of its answer, or the other flow of a pair
  u32 label[kLabels];              // groups, or the marks of ports: written by the caller
};

// What the flows of one label on one port have there, those that were followed to several ports left out.
struct JoinLoad {
  u64 frames, octets;
  u32 flows;  // that count as such
  u32 used;
};
static_assert(sizeof(JoinLoad) == 24, "layout shared with TypeScript");

// The first flows in some order, ties in their own: of all that pass by the last of those kept has to go.
struct Ranked {
  u64 rank;
  u32 row;

  bool operator<(const Ranked& other) const { return rank < other.rank || (rank == other.rank && row < other.row); }
};
enum class RankBy : u32 { kFlow, kSource, kOctets };

class Joins {
 public:
  Grouping grouping;
  FlowPairs pairs;
  Survey survey;
  JoinAnswer answer;
  JoinLoad loads[(kLabels + 1) * kPorts];

  bool Init(Engine& engine) { return grouping.Init(engine) && pairs.Init(grouping, engine.keys) && survey.Init(grouping); }

  // Marked flows that agree in the fields, in order of their first flow; how many groups. With octets they can be labelled.
  u32 Group(u32 fields) {
    grouping.Start(fields);
    grouping.Each(IsMarked, [&](u32 row, u32 mark, u32 group) {
      JoinGroup& g = grouping.groups[group];
      g.flows++;
      g.ports |= static_cast<u16>(1u << (mark & kMarkPort));
      if (fields & kSumFrames) g.sum += grouping.fields.Frames(row);
      if (!(fields & kSumOctets)) return;
      g.sum += grouping.table->rows[row].octets;
      grouping.Remember(row, group);
    });
    return grouping.count;
  }

  // After Group with kSumOctets: marks of its flows become kMarked and the number of their group's label, from 1; 0 for a group without one.
  void Label(u32 labels) {
    JoinGroup* groups = grouping.groups;
    for (u32 group = 1; group <= grouping.count; group++) groups[group].ports = 0;
    for (u32 i = 0; i < labels; i++) groups[answer.label[i]].ports = static_cast<u16>(i + 1);
    for (JoinLoad& load : loads) load = {};
    grouping.Again(IsMarked, [&](u32 row, u32, u32 group) {
      const u32 label = groups[group].ports;
      grouping.marks[row] = static_cast<u8>(kMarked | label);
      const Row& r = grouping.table->rows[row];
      if (r.mover() != 0 && r.mover() != kNoRoom) return;
      JoinLoad& load = loads[label * kPorts + r.port()];
      load.used = 1;
      load.flows += (survey.facts[row] & kFactCounted) != 0;
      load.frames += grouping.fields.Frames(row);
      load.octets += r.octets;
    });
  }

  // Connections by their two directions, wherever those were carried. A conversation is whatever has the same two ends, also
  // where its flows are not marked; those of a connection agree in VLAN too, and in which end is the local one. Nearly always
  // that is the same, so a group is the conversation and the connection of its first flow; others have one of their own.
  void Connections() {
    constexpr u32 kEnds = kIpSrc | kIpDst | kIpProto | kSrcPort | kDstPort | kUnordered;
    constexpr u64 kSaysEnough = 1, kHasConversation = 2, kBesideAt = 8;
    JoinGroup* groups = grouping.groups;
    answer = {};
    grouping.Start(kEnds);
    const auto converses = [&](u32 row) {
      return (survey.facts[row] & kFactPorts) && (survey.facts[row] & (kFactTcp | kFactUdp));
    };
    // JoinGroup.ports: the port of the egress flow and 1; .sum: what a flow of it is beside its ends, the only TCP flow so far
    // says enough to be answered, the conversation was counted.
    grouping.Each([&](u32 row, u32 mark) { return (mark & kMarked) || converses(row); }, [&](u32 row, u32 mark, u32 group) {
      JoinGroup& talk = groups[group];
      if (converses(row) && !(talk.sum & kHasConversation)) {
        talk.sum |= kHasConversation;
        answer.conversations[survey.facts[row] & kFactTcp ? 0 : 1]++;
      }
      if (!(mark & kMarked)) return;
      const u64 beside = Beside(row);
      if (talk.sum >> kBesideAt == 0) talk.sum |= beside << kBesideAt;
      else if (talk.sum >> kBesideAt != beside) group = grouping.FindOrAdd(grouping.DigestWith(row, static_cast<u32>(beside)), row);
      grouping.Remember(row, group);
      JoinGroup& g = groups[group];
      if ((mark & kMarkOnePort) && grouping.table->rows[row].direction() == 1) g.ports = static_cast<u16>(1 + (mark & kMarkPort));
      if (!(mark & kMarkTcp)) return;
      if (g.flows++ == 0) {
        if (!(mark & kMarkTalks)) return;
        g.sum |= kSaysEnough;
        answer.oneSided++;
      } else {
        answer.oneSided -= static_cast<u32>(g.sum & kSaysEnough);
        g.sum &= ~kSaysEnough;
        answer.connections++;
      }
    });
    const auto ingress = [&](u32 row, u32 mark) {
      return (mark & kMarked) && (mark & kMarkOnePort) && grouping.table->rows[row].direction() == 0;
    };
    grouping.Again(ingress, [&](u32 row, u32 mark, u32 group) {
      const u32 out = groups[group].ports;
      if (out == 0) return;
      answer.biflows++;
      if (out - 1 == (mark & kMarkPort)) return;
      answer.split++;
      if (answer.examples < kSplitExamples) Example(row, out);
    });
  }

  // The first `most` flows: of the marked ones by the hash of their number or of their source address, or of all of a direction
  // by their octets, most first. Left in the room of the groups, in no order. How many.
  u32 First(RankBy by, u32 direction, u32 most) {
    Ranked* kept = reinterpret_cast<Ranked*>(grouping.groups);
    most = Min(most, grouping.table->capacity);
    u32 n = 0;
    const u32 side = direction == 1 ? kFactEgress : 0;
    Grouping::InChunks(*grouping.table, [&](u32 row) {
      const bool isAsked = by == RankBy::kOctets ? (survey.facts[row] & kFactEgress) == side : (grouping.marks[row] & kMarked) != 0;
      if (by == RankBy::kSource && !isAsked) return;  // its rank is not for nothing
      const Ranked one{Rank(by, row), row};
      // One question, hardly ever answered with yes: of which direction the next flow is nobody foretells.
      if (n == most && n > 0 && !(isAsked & (one < kept[0]))) return;
      if (!isAsked) return;
      if (n < most) {
        kept[n++] = one;
        if (n == most) for (u32 i = n / 2; i-- > 0;) Sink(kept, n, i);
      } else if (n > 0) {
        kept[0] = one;
        Sink(kept, n, 0);
      }
    });
    return n;
  }

 private:
  static bool IsMarked(u32, u32 mark) { return (mark & kMarked) != 0; }

  // Tag, and which end is the local one; never 0.
  u32 Beside(u32 row) const {
    bool alike, exchanged;
    if (grouping.fields.Version(row) == 4) {
      const u32 source = grouping.fields.Address(row, 0), target = grouping.fields.Address(row, 1), ports = grouping.fields.Ports(row);
      alike = source == target && ports >> 16 == (ports & 0xffff);
      exchanged = EndsAreExchanged(source, target, ports);
    } else {
      JoinKey key;
      key.Load(grouping.fields, row);
      alike = key.EndsAreEqual();
      exchanged = key.OrderEnds();
    }
    const bool towards = !alike && exchanged != (grouping.table->rows[row].direction() == 1);
    return (grouping.fields.Tag(row) & 0x8fff) | (towards ? 0x1000 : 0) | 0x2000;
  }

  void Example(u32 a, u32 b) {
    answer.example[answer.examples][0] = a;
    answer.example[answer.examples++][1] = b;
  }

  u64 Rank(RankBy by, u32 row) const {
    switch (by) {
      case RankBy::kFlow: return Spread((row - 1) ^ 0x2545f491u);  // row 0 is no flow
      case RankBy::kSource: return Spread(Source(row) ^ 0x5bd1e995u);
      case RankBy::kOctets: return ~grouping.table->rows[row].octets;
    }
    return 0;
  }

  // As a number; of IPv6 the XOR of its words.
  u32 Source(u32 row) const {
    const u32 version = grouping.fields.Version(row);
    if (version == 4) return __builtin_bswap32(grouping.fields.Address(row, 0));
    if (version != 6) return 0;
    const u32* w = grouping.fields.LongAddresses(row);
    return __builtin_bswap32(w[0] ^ w[1] ^ w[2] ^ w[3]);
  }

  // Murmur's last step: each bit of the number decides on each bit of the result.
  static u32 Spread(u32 n) {
    n = (n ^ n >> 16) * 0x85ebca6bu;
    n = (n ^ n >> 13) * 0xc2b2ae35u;
    return n ^ n >> 16;
  }

  // A heap with the last on top.
  static void Sink(Ranked* heap, u32 n, u32 at) {
    for (;;) {
      u32 child = 2 * at + 1;
      if (child >= n) return;
      if (child + 1 < n && heap[child] < heap[child + 1]) child++;
      if (!(heap[at] < heap[child])) return;
      const Ranked other = heap[at];
      heap[at] = heap[child];
      heap[child] = other;
      at = child;
    }
  }
};
