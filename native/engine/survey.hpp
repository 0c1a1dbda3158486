// Every flow once, when the pass is over: what needs nothing but adding up, and what is asked of a flow again and again as two
// octets, so that the walks which mark flows for a question do not touch rows.
#pragma once

#include "grouping.hpp"
#include "ranked.hpp"

// Two octets a flow. Port and direction as in Row.state.
enum Fact : u32 {
  kFactPort = 15, kFactEgress = 16,
  kFactGroup = 1 << 5,     // broadcast or multicast
  kFactPorts = 1 << 6,     // port numbers were seen
  kFactCounted = 1 << 7,   // TCP, UDP or SCTP, outside or inside of a tunnel
  kFactTcp = 1 << 8, kFactUdp = 1 << 9,
  kFactMain = 1 << 10,     // of a protocol whose port every sender chooses by flow
  kFactSeveral = 1 << 11,  // on several ports: its row does not say which part was where
  kFactTelling = 1 << 12,  // whole frames enough for evidence of its own
  kFactTalks = 1 << 13,    // long enough to be answered
  kFactWhole = 1 << 14,    // any whole frame
  kFactOdd = 1 << 15,      // a tunnel, or cut by the snap length: its row may be several flows
};

constexpr u32 kTellingFrames = 3, kTalkingFrames = 5, kShortFrames = 4, kLongFrames = 20, kSteadySegments = 100;

// Of one direction. What is by port is of flows on one port, or that were not followed.
struct FlowSums {
  u64 frames[kPorts], counted[kPorts], carries[kPorts], segments[kPorts], repeats[kPorts];
  // As in Loss; flows long enough to show one, and of those the flows with a loss before or behind the capture.
  u64 late[kPorts], filled[kPorts], again[kPorts], missed[kPorts], steady[kPorts], lostBefore[kPorts], lostBehind[kPorts];
  u64 unicast, onePortIp, shortFlows, longFlows;
  u64 unicastIp, superFrames, notFollowed, withoutMain, cut, told;
  u64 ipv4Frames, ipv6Frames, tcpFrames, udpFrames, fragments, noIpFrames, undecodableFrames, truncatedFrames;  // of all flows
};
static_assert(sizeof(FlowSums) == 1680, "layout shared with TypeScript");

// The largest flows of a direction, as many as most questions begin with.
constexpr u32 kLargest = 1000;
struct Largest {
  Ranked room[kLargest];
  FirstRanked first = FirstRanked(room, kLargest);
};

// Which flows take part in a question. Those whose rows do not say enough are marked kMarkOpen.
enum class Marking : u32 { kAll, kEnds, kOnePort, kUnicast, kRows, kOpenRows, kSender };

class Survey {
 public:
  FlowSums sums[2];
  Largest largest[2];

  bool Init(Grouping& grouping, u32 movers) {
    grouping_ = &grouping;
    return Reserve(facts, grouping.table->capacity + 1) && Reserve(ofMovers, movers + 1);
  }

  u16* facts;
  u8* ofMovers;  // what the caller knows of flows on several ports, see Mark; those that were not followed have none

  void Take() {
    for (u32 direction = 0; direction < 2; direction++) {
      sums[direction] = aged_[direction];
      largest[direction].first.count = 0;
    }
    Grouping::InChunks(*grouping_->table, [&](u32 row) {
      facts[row] = static_cast<u16>(Look(row));
      const Row& r = grouping_->table->rows[row];
      FirstRanked& first = largest[r.direction()].first;
      if (first.Takes({~r.octets, row})) first.Offer({~r.octets, row});
    });
  }

  // Looks at flows for the last time.
  template <typename Each>
  void AddToAged(Each each) {
    for (u32 direction = 0; direction < 2; direction++) sums[direction] = aged_[direction];
    each([&](u32 row) { Look(row); });
    for (u32 direction = 0; direction < 2; direction++) aged_[direction] = sums[direction];
  }

  // @param given  for rows: the mark of each port, above 15 for one that could not have been chosen; for a sender: its MAC, as
  //   its two first octets and its last four stand in the key. In ofMovers, for ends and one port: the only port with frames that
  //   are no copies, kNoPort without one; for rows: whether the flow may make one.
  void Mark(Marking which, u32 direction, const u32* given) {
    const u32 side = direction == 1 ? kFactEgress : 0;
    const auto unicast = [](u32 fact) { return !(fact & kFactGroup); };
    const auto named = [&](u32 fact) { return unicast(fact) && (fact & kFactPorts) && (fact & kFactCounted); };
    const auto here = [&](u32 fact) { return (fact & kFactEgress) == side; };
    const auto row = [&](u32 fact) { return here(fact) && unicast(fact) && (fact & kFactMain); };
    const auto end = [](u32 fact, u32 port) -> u32 {
      const u32 tcp = fact & kFactTcp ? kMarkTcp | (fact & kFactTalks ? kMarkTalks : 0) : 0;
      return kMarked | tcp | (port == kNoPort ? 0 : kMarkOnePort | port);
    };
    const auto rowIfAny = [](u32, u32 mayBe) -> u32 { return mayBe ? kMarkOpen : 0; };
    switch (which) {
      case Marking::kSender: return MarkSender(given);
      case Marking::kAll: return MarkBy([](u32) { return kMarked; });
      case Marking::kEnds:
        MarkBy([&](u32 fact) -> u32 {
          if (!named(fact)) return 0;
          return fact & kFactSeveral ? kMarkOpen : end(fact, fact & kFactPort);
        });
        return MarkSeveral(kNoPort, end);
      case Marking::kOnePort:
        MarkBy([&](u32 fact) -> u32 {
          if (!here(fact) || !named(fact)) return 0;
          return fact & kFactSeveral ? kMarkOpen : kMarked | (fact & kFactPort);
        });
        return MarkSeveral(kNoPort, [](u32, u32 port) -> u32 { return port == kNoPort ? 0 : kMarked | port; });
      case Marking::kUnicast: return MarkBy([&](u32 fact) -> u32 { return here(fact) && unicast(fact) ? kMarked : 0; });
      case Marking::kOpenRows:
        MarkBy([&](u32 fact) -> u32 { return row(fact) ? kMarkOpen : 0; });
        return MarkSeveral(1, rowIfAny);
      case Marking::kRows:
        MarkBy([&](u32 fact) -> u32 {
          if (!row(fact)) return 0;
          if (fact & (kFactSeveral | kFactOdd)) return kMarkOpen;
          const u32 port = given[fact & kFactPort];
          if (!(fact & kFactWhole) || port > kMarkPort) return 0;
          return kMarked | port | (fact & kFactTelling ? kMarkTelling : 0);
        });
        return MarkSeveral(1, rowIfAny);
    }
  }

 private:
  static constexpr u32 kFacts = 1 << 16, kNoPort = 255;

  Grouping* grouping_;
  u8 markOf_[kFacts];
  FlowSums aged_[2] = {};  // of flows that are in the table no more

  // Its unicast flows.
  void MarkSender(const u32* mac) {
    u8* marks = grouping_->marks;
    const FlowFields& flows = grouping_->fields;
    Grouping::InChunks(*grouping_->table, [&](u32 row) {
      const bool isFrom = flows.Word(row, 1) >> 16 == mac[0] && flows.Word(row, 2) == mac[1] && !(facts[row] & kFactGroup);
      marks[row] = isFrom ? kMarked : 0;
    });
  }

  // Those that are still open. @param otherwise  in the place of what is known of a mover
  template <typename MarkOf>
  void MarkSeveral(u32 otherwise, MarkOf markOf) {
    u8* marks = grouping_->marks;
    const Row* rows = grouping_->table->rows;
    grouping_->EachMarked([](u32, u32 mark) { return mark == kMarkOpen; }, [&](u32 row) {
      const u32 mover = rows[row].mover();
      marks[row] = static_cast<u8>(markOf(facts[row], mover == 0 || mover == kNoRoom ? otherwise : ofMovers[mover]));
    });
  }

  // Of many flows each mark is looked up: there are no more facts than that, and which come next nobody foretells.
  template <typename MarkOf>
  void MarkBy(MarkOf markOf) {
    u8* marks = grouping_->marks;
    if (grouping_->table->count < kFacts) {
      Grouping::InChunks(*grouping_->table, [&](u32 row) { marks[row] = static_cast<u8>(markOf(facts[row])); });
      return;
    }
    for (u32 fact = 0; fact < kFacts; fact++) markOf_[fact] = static_cast<u8>(markOf(fact));
    Grouping::InChunks(*grouping_->table, [&](u32 row) { marks[row] = markOf_[facts[row]]; });
  }

  static bool IsTransport(u32 protocol) { return protocol == 6 || protocol == 17 || protocol == 132; }

  // TCP, UDP, UDP-Lite, DCCP, SCTP, ESP, AH, IP-in-IP, 6in4, GRE.
  static bool IsMain(u32 protocol) {
    switch (protocol) {
      case 6: case 17: case 136: case 33: case 132: case 50: case 51: case 4: case 41: case 47: return true;
      default: return false;
    }
  }

  LACPSCOPE_INLINE void AddFrames(FlowSums& sum, u32 at, u64 frames) const {
    const FlowFields& flow = grouping_->fields;
    sum.truncatedFrames += flow.Truncated(at);
    if (flow.Kind(at) == kUndecodable) sum.undecodableFrames += frames;
    else if (flow.Kind(at) == kNoIp) sum.noIpFrames += frames;
    else {
      (flow.Version(at) == 4 ? sum.ipv4Frames : sum.ipv6Frames) += frames;
      sum.fragments += flow.FirstFragments(at) + flow.LaterFragments(at);
      // Later fragments show no transport header: they count as IP alone.
      if (flow.Protocol(at) == 6) sum.tcpFrames += frames - flow.LaterFragments(at);
      if (flow.Protocol(at) == 17) sum.udpFrames += frames - flow.LaterFragments(at);
    }
  }

  LACPSCOPE_INLINE void AddSegments(FlowSums& sum, u32 port, u32 at, const Row& row) const {
    const FlowFields& flow = grouping_->fields;
    const u32 repeats = flow.Repeats(at), segments = (row.pairs >= kNoDataYet ? 0 : row.pairs) + repeats;
    sum.segments[port] += segments;
    sum.repeats[port] += repeats;
    sum.steady[port] += segments >= kSteadySegments;
    if (!flow.HasLosses(at)) return;
    const Loss& loss = flow.Losses(at);
    sum.late[port] += loss.late;
    sum.filled[port] += loss.filled;
    sum.again[port] += loss.again;
    sum.missed[port] += loss.missed;
    if (segments < kSteadySegments) return;
    sum.lostBefore[port] += loss.filled > 0;
    sum.lostBehind[port] += loss.again > 0;
  }

  // Adds the flow to the sums; @returns its facts.
  LACPSCOPE_INLINE u32 Look(u32 at) {
    const Row& row = grouping_->table->rows[at];
    const FlowFields& flow = grouping_->fields;
    const u32 flags = flow.Flags(at), protocol = flow.Protocol(at), mover = row.mover(), port = row.port();
    const bool isIp = flow.Version(at) != 0, isUnicast = !(flags & kGroupSeen), hasInner = (flags & kInnerSeen) != 0;
    const bool isCounted = IsTransport(protocol) || (hasInner && IsTransport(flow.ExtraWord(at, 14) & 0xff));
    const bool isTunnel = protocol == 4 || protocol == 41 || protocol == 47 || hasInner;
    const u64 whole = flow.WholeFrames(at), frames = flow.Frames(at);

    FlowSums& sum = sums[row.direction()];
    AddFrames(sum, at, frames);
    sum.superFrames += flow.SuperFrames(at);
    sum.cut += flow.Truncated(at) > 0;
    if (isUnicast) {
      sum.unicast++;
      sum.unicastIp += isIp;
      sum.withoutMain += !isIp || protocol == 1 || protocol == 58;
      sum.told += isIp && flow.Told(at) != 0;
    }
    if (mover == 0 || mover == kNoRoom) {
      sum.frames[port] += frames;
      sum.counted[port] += isCounted;
      if (protocol == 6) {
        AddSegments(sum, port, at, row);
      }
      if (mover == kNoRoom) sum.notFollowed++;
      else if (isUnicast) {
        sum.carries[port] += frames > 0;
        sum.onePortIp += isIp;
        sum.shortFlows += isIp && whole >= kShortFrames;
        sum.longFlows += isIp && whole >= kLongFrames;
      }
    }

    const auto fact = [](bool is, u32 bit) { return is ? bit : 0; };
    return (row.state & (kFactPort | kFactEgress)) | fact(!isUnicast, kFactGroup) | fact(flags & kPortsSeen, kFactPorts) |
           fact(isCounted, kFactCounted) | fact(protocol == 6, kFactTcp) | fact(protocol == 17, kFactUdp) |
           fact(isIp && IsMain(protocol) && !flow.Labelled(at), kFactMain) | fact(mover != 0 || frames == 0, kFactSeveral) |
           fact(whole >= kTellingFrames, kFactTelling) | fact(frames >= kTalkingFrames, kFactTalks) | fact(whole > 0, kFactWhole) |
           fact(isTunnel || flow.Truncated(at) > 0, kFactOdd);
  }
};
