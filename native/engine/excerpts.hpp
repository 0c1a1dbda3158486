// Excerpts of the largest TCP connections: successive segments of both directions, with all that tells how full a window is.
// A few of each connection, evenly over its octets, so that their cost does not grow with the capture. They are taken where
// frames are decoded, for only there their bytes are at hand: each lane at its own pace, so an excerpt says from when until
// when both are in it.
#pragma once

#include "both_ends.hpp"
#include "records.hpp"

// As on the wire. The time stamps: RFC 7323 3.2, 0 without.
struct Segment {
  u32 after;  // ns since Excerpt.begin; the highest bit: of the answer
  u32 sequence, acknowledged;
  u32 stamp, echo;
  u16 payload, window;
};
static_assert(sizeof(Segment) == 24, "layout shared with TypeScript");

constexpr u32 kSegments = 1024;
constexpr u32 kOfAnswer = 1u << 31;

struct Excerpt {
  u64 begin;
  u64 from, to;  // complete in between; to: 0 as long as it is taken
  u32 count;
  u32 spare;
  Segment segments[kSegments];
};
static_assert(sizeof(Excerpt) == 32 + kSegments * sizeof(Segment), "layout shared with TypeScript");

constexpr u32 kExcerpts = 8;

struct LargeFlow {
  u32 row;       // of the data, 0: none
  u32 answer;    // row of the opposite direction
  u32 taken;
  u32 isOpen;    // the last one is being taken
  u64 due;       // octets of the flow at which the next one begins
  u64 spacing;   // octets
  Excerpt excerpts[kExcerpts];
};
static_assert(sizeof(LargeFlow) == 32 + kExcerpts * sizeof(Excerpt), "layout shared with TypeScript");

constexpr u32 kLargeFlows = 64, kLargeWays = 4;

class Excerpts {
 public:
  LargeFlow* list;

  bool Init() { return Reserve(list, kLargeFlows); }

  // One frame of `frames` that a lane decoded: octets are estimated from these alone, and large flows are among them soon.
  LACPSCOPE_INLINE void Sample(FlowTable& flows, const DigestKeys& keys, const Lane* lanes, const Descriptor& d, u32 frames) {
    const Row& row = flows.rows[d.row];
    u64& octets = octets_[row.direction()];
    octets += static_cast<u64>(d.wire) * frames;
    if (!(d.flags & kTcpData) || row.mover() != 0 || row.octets < kLeastOctets || row.octets * kLargePart < octets) return;
    Consider(flows, keys, lanes, d);
  }

  // A frame of a row with kExcerptBit. The bytes are where the lane was read.
  LACPSCOPE_NOINLINE void Take(FlowTable& flows, const Lane* lanes, const Descriptor& d, u32 link, const u8* frame, u32 captured) {
    for (u32 i = 0; i < openCount_; i++) {
      LargeFlow& flow = list[open_[i]];
      if (flow.row != d.row && flow.answer != d.row) continue;
      Excerpt& excerpt = flow.excerpts[flow.taken - 1];
      if (d.time <= excerpt.from) return;
      if (d.time - excerpt.begin < kLongest) Keep(excerpt, d, d.row == flow.answer, link, frame, captured);
      if (d.time - excerpt.begin >= kLongest || excerpt.count == kSegments) Close(flows, lanes, i, d.time);
      return;
    }
  }

  void CloseAll(FlowTable& flows, const Lane* lanes) {
    while (openCount_ > 0) Close(flows, lanes, 0, ~0ull);
  }

  // Rows went elsewhere; 0: away.
  void Move(const u32* newRow) {
    for (u32 i = 0; i < kLargeFlows; i++) {
      LargeFlow& flow = list[i];
      if (flow.row == 0) continue;
      flow.row = newRow[flow.row];
      flow.answer = newRow[flow.answer];
    }
  }

 private:
  static constexpr u64 kLeastOctets = 64 << 10, kSpacing = 1 << 20;
  static constexpr u32 kLargePart = 32;  // of a direction's octets
  static constexpr u64 kLongest = 2'000'000'000;
  static constexpr u32 kOpenMost = 8;
  u64 octets_[2] = {};
  u32 open_[kOpenMost];
  u32 openCount_ = 0;

  LACPSCOPE_NOINLINE void Consider(FlowTable& flows, const DigestKeys& keys, const Lane* lanes, const Descriptor& d) {
    const u64 octets = flows.rows[d.row].octets;
    LargeFlow* set = list + d.row % (kLargeFlows / kLargeWays) * kLargeWays;
    LargeFlow* least = set;
    for (u32 way = 0; way < kLargeWays; way++) {
      LargeFlow& flow = set[way];
      if (flow.row == d.row) {
        if (!flow.isOpen && octets >= flow.due) Begin(flows, lanes, flow, d);
        return;
      }
      if (least->row != 0 && (flow.row == 0 || flows.rows[flow.row].octets < flows.rows[least->row].octets)) least = &flow;
    }
    if (least->row != 0 && (least->isOpen || flows.rows[least->row].octets * 2 > octets)) return;
    const u32 answer = BothEnds::Reverse(flows, keys, d.row);
    if (answer == 0) return;
    least->row = d.row;
    least->answer = answer;
    least->taken = 0;
    least->due = 0;
    least->spacing = kSpacing;
    Begin(flows, lanes, *least, d);
  }

  void Begin(FlowTable& flows, const Lane* lanes, LargeFlow& flow, const Descriptor& d) {
    // One that waits for segments that do not come ends.
    for (u32 i = openCount_; i-- > 0;) {
      const LargeFlow& other = list[open_[i]];
      if (d.time - other.excerpts[other.taken - 1].begin >= kLongest) Close(flows, lanes, i, d.time);
    }
    Row &data = flows.rows[flow.row], &answer = flows.rows[flow.answer];
    if (openCount_ == kOpenMost || ((data.state | answer.state) & kExcerptBit)) return;
    if (flow.taken == kExcerpts) {
      for (u32 i = 0; i < kExcerpts / 2; i++) __builtin_memcpy(&flow.excerpts[i], &flow.excerpts[2 * i + 1], sizeof(Excerpt));
      flow.taken = kExcerpts / 2;
      flow.spacing *= 2;
    }
    Excerpt& excerpt = flow.excerpts[flow.taken++];
    excerpt.begin = d.time;
    excerpt.from = Latest(lanes[data.lane()].lastTime, lanes[answer.lane()].lastTime);
    excerpt.to = 0;
    excerpt.count = 0;
    flow.isOpen = 1;
    flow.due = data.octets + flow.spacing;
    open_[openCount_++] = static_cast<u32>(&flow - list);
    data.state |= kExcerptBit;
    answer.state |= kExcerptBit;
  }

  // Both lanes are known up to where the slower one is, or the one that closes it.
  void Close(FlowTable& flows, const Lane* lanes, u32 at, u64 time) {
    LargeFlow& flow = list[open_[at]];
    open_[at] = open_[--openCount_];
    flow.isOpen = 0;
    Excerpt& excerpt = flow.excerpts[flow.taken - 1];
    excerpt.to = time;
    Row* const rows[] = {&flows.rows[flow.row], &flows.rows[flow.answer]};
    for (Row* row : rows) {
      const Lane& lane = lanes[row->lane()];
      if (lane.lastTime < excerpt.to) excerpt.to = lane.lastTime;
      row->state &= ~kExcerptBit;
    }
  }

  static u64 Latest(u64 a, u64 b) { return a > b ? a : b; }

  static void Keep(Excerpt& excerpt, const Descriptor& d, bool isAnswer, u32 link, const u8* frame, u32 captured) {
    Parsed parsed = {};
    Cursor cursor = {frame, frame + captured, d.wire, 0};
    Shims shims;
    IpPacket packet = {};
    if (d.time < excerpt.begin || !ReadLink(link, cursor, parsed)) return;
    ReadShims(cursor, shims);
    if (!ReadIp(cursor, parsed.key + 6, packet) || packet.protocol != ip::kTcp || packet.laterFragment) return;
    const u8* at = packet.transport;
    const u32 held = static_cast<u32>(packet.end - at);
    if (held < 18 || at[13] & kSynOrReset) return;
    const u32 header = (at[12] >> 4) * 4u;
    const u32 payload = packet.transportOctets > header ? packet.transportOctets - header : 0;
    Segment& segment = excerpt.segments[excerpt.count++];
    segment = {static_cast<u32>(d.time - excerpt.begin) | (isAnswer ? kOfAnswer : 0), LoadBe32(at + 4), LoadBe32(at + 8), 0, 0,
               static_cast<u16>(Min(payload, 65535)), static_cast<u16>(LoadBe16(at + 14))};
    ReadStamps(at, Min(header, held), segment);
  }

  static void ReadStamps(const u8* at, u32 end, Segment& segment) {
    constexpr u32 kTimeStamps = 8;
    for (u32 i = 20; i + 1 < end && at[i] != 0;) {
      if (at[i] == 1) {
        i++;
        continue;
      }
      if (at[i + 1] < 2) return;
      if (at[i] == kTimeStamps && i + 10 <= end) {
        segment.stamp = LoadBe32(at + i + 2);
        segment.echo = LoadBe32(at + i + 6);
        return;
      }
      i += at[i + 1];
    }
  }
};
