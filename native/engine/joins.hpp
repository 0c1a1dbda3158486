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

enum class RankBy : u32 { kFlow, kSource, kOctets };

class Joins {
 public:
  Grouping grouping;
  FlowPairs pairs;
  Survey survey;
  JoinAnswer answer;
  JoinLoad loads[(kLabels + 1) * kPorts];
  u32 tally[1 << 8];  // flows, by their mark

  bool Init(Engine& engine) {
    pairs.Init(grouping, engine.keys);
    return grouping.Init(engine) && survey.Init(grouping, engine.movers.capacity);
  }

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
    const JoinGroup* groups = grouping.groups;
    answer = {};
    // The mark of a flow, what else counts of it, and its place beside its ends.
    constexpr u32 kOut = 1 << 8, kTcpTalk = 1 << 9, kConverses = 1 << 10, kBesideShift = 16;
    const auto note = [&](u32 row) {
      const u32 fact = survey.facts[row];
      const bool converses = ((fact & kFactPorts) != 0) & ((fact & (kFactTcp | kFactUdp)) != 0);
      return grouping.marks[row] | (fact & kFactEgress ? kOut : 0) | (fact & kFactTcp ? kTcpTalk : 0) |
             (converses ? kConverses : 0) | Beside(row) << kBesideShift;
    };
    // JoinGroup.ports: the port of the egress flow and 1; .sum: what a flow of it is beside its ends, the only TCP flow so far
    // says enough to be answered, the conversation was counted. Without branches where the first flow of a connection and its
    // answer differ: which of them comes next nobody foretells.
    const auto visit = [&](u32 row, u32 known, u32 group) {
      JoinGroup* g = &grouping.groups[group];
      const bool isNew = ((known & kConverses) != 0) & ((g->sum & kHasConversation) == 0);
      answer.conversations[known & kTcpTalk ? 0 : 1] += isNew;
      g->sum |= isNew ? kHasConversation : 0;
      if (!(known & kMarked)) return 0u;
      const u64 beside = known >> kBesideShift;
      g->sum |= g->sum >> kBesideAt == 0 ? beside << kBesideAt : 0;
      if (g->sum >> kBesideAt != beside) {
        group = grouping.FindOrAdd(grouping.DigestWith(row, static_cast<u32>(beside)), row);
        g = &grouping.groups[group];
      }
      const bool isOut = (known & (kMarkOnePort | kOut)) == (kMarkOnePort | kOut);
      g->ports = static_cast<u16>(isOut ? 1 + (known & kMarkPort) : g->ports);
      const u32 isTcp = (known & kMarkTcp) != 0, talks = (known & kMarkTalks) != 0;
      const u32 isFirst = isTcp & (g->flows == 0), isMore = isTcp & (g->flows != 0), saysEnough = g->sum & kSaysEnough;
      g->flows += isTcp;
      answer.oneSided += (isFirst & talks) - (isMore & saysEnough);
      answer.connections += isMore;
      g->sum = (g->sum & ~(isTcp ? kSaysEnough : 0)) | (isFirst & talks);
      return group;
    };
    const auto again = [&](u32 row, u32 known, u32 group) {
      constexpr u32 kIn = kMarked | kMarkOnePort;
      const u32 out = groups[group].ports;
      const u32 isPair = ((known & (kIn | kOut)) == kIn) & (out != 0);
      const u32 isSplit = isPair & (out - 1 != (known & kMarkPort));
      answer.biflows += isPair;
      answer.split += isSplit;
      if (isSplit & IsExample(row)) Example(row, out);
    };
    const auto wanted = [&](u32 row, u32 mark) {
      return (mark & kMarked) || ((survey.facts[row] & kFactPorts) && (survey.facts[row] & (kFactTcp | kFactUdp)));
    };
    grouping.InParts(kEnds, wanted, note, visit, again);
  }

  // The first `most` flows: of the marked ones by the hash of their number or of their source address, or of all of a direction
  // by their octets, most first. Left in the room of the groups, in no order. How many.
  u32 First(RankBy by, u32 direction, u32 most) {
    Ranked* kept = reinterpret_cast<Ranked*>(grouping.groups);
    const auto isMarked = [&](u32 row) { return (grouping.marks[row] & kMarked) != 0; };
    switch (by) {
      case RankBy::kFlow: return FirstBy(most, isMarked, [](u32 row) { return Spread((row - 1) ^ 0x2545f491u); });  // row 0 is no flow
      case RankBy::kSource: return FirstBy(most, isMarked, [&](u32 row) { return Spread(Source(row) ^ 0x5bd1e995u); });
      case RankBy::kOctets: break;
    }
    if (most == kLargest) {
      const Largest& largest = survey.largest[direction & 1];
      for (u32 i = 0; i < largest.first.count; i++) kept[i] = largest.room[i];
      return largest.first.count;
    }
    const u32 side = direction == 1 ? kFactEgress : 0;
    const auto isThere = [&](u32 row) { return (survey.facts[row] & kFactEgress) == side; };
    return FirstBy(most, isThere, [&](u32 row) { return ~grouping.table->rows[row].octets; });
  }

  void Tally() {
    for (u32& flows : tally) flows = 0;
    Grouping::InChunks(*grouping.table, [&](u32 row) { tally[grouping.marks[row]]++; });
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

  // The first ones, in order; they come in any.
  bool IsExample(u32 row) const { return answer.examples < kSplitExamples || row < answer.example[kSplitExamples - 1][0]; }

  void Example(u32 row, u32 out) {
    u32 at = answer.examples < kSplitExamples ? answer.examples++ : kSplitExamples - 1;
    for (; at > 0 && answer.example[at - 1][0] > row; at--) {
      answer.example[at][0] = answer.example[at - 1][0];
      answer.example[at][1] = answer.example[at - 1][1];
    }
    answer.example[at][0] = row;
    answer.example[at][1] = out;
  }

  template <typename Wanted, typename RankOf>
  u32 FirstBy(u32 most, Wanted wanted, RankOf rankOf) {
    FirstRanked first(reinterpret_cast<Ranked*>(grouping.groups), Min(most, grouping.table->capacity));
    grouping.EachMarked([&](u32 row, u32) { return wanted(row); }, [&](u32 row) {
      const Ranked one{rankOf(row), row};
      if (first.Takes(one)) first.Offer(one);
    });
    return first.count;
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
};
