// The records of one lane, one after the other, and the accounts of what was read. Two readers of one kind: any lane, and
// the plain one that nearly all are, whose numbers stay in registers for a batch.
#pragma once

#include "records.hpp"

class AnyReader {
 public:
  static constexpr bool kPlain = false;

  AnyReader(Lane& lane, Interface* interfaces, const u8* region) : lane_(lane), interfaces_(interfaces), region_(region) {}

  LACPSCOPE_INLINE Status Next(Record& record) {
    return lane_.format == kPcap ? FramePcap(lane_, interfaces_, region_, record) : FramePcapng(lane_, interfaces_, region_, record);
  }

  LACPSCOPE_INLINE void Take(const Record& record) {
    lane_.head += record.octets;
    lane_.frames++;
    Interface& interface = *record.interface;
    if (interface.frames++ == 0) {
      interface.firstTime = interface.lastTime = record.time;
    } else {
      if (record.time < interface.firstTime) interface.firstTime = record.time;
      if (record.time > interface.lastTime) interface.lastTime = record.time;
    }
    interface.octets += record.wire;
    interface.capturedOctets += record.captured;
    if (!lane_.started) {
      lane_.started = 1;
      lane_.firstTime = record.time;
    }
    if (record.time < lane_.lastTime) interface.backwards++;  // counted at the time of the frame before it
    else lane_.lastTime = record.time;
  }

  u64 time() const { return lane_.lastTime; }
  u32 frames() const { return lane_.frames; }
  void Close() {}

 private:
  Lane& lane_;
  Interface* interfaces_;
  const u8* region_;
};

// A classic pcap of Ethernet in our byte order, as tcpdump has written it for decades, whose first record was read.
class PlainReader {
 public:
  static constexpr bool kPlain = true;

  static bool Reads(const Lane& lane, const Interface& interface) {
    return lane.format == kPcap && !lane.swapped && lane.recordHeader == kHeader && lane.capturedAt == 8 && !lane.mixed &&
           lane.started && interface.link == kEthernet && !interface.skip && interface.frames > 0;
  }

  PlainReader(Lane& lane, Interface* interfaces, const u8* region)
      : lane_(lane), interface_(interfaces[0]), region_(region), head_(lane.head), tail_(lane.tail), factor_(interface_.factor),
        time_(lane.lastTime), first_(interface_.firstTime), last_(interface_.lastTime), frames_(lane.frames) {}

  LACPSCOPE_INLINE Status Next(Record& record) {
    const u32 available = tail_ - head_;
    if (available < kHeader) return kWantBytes;
    const u8* at = region_ + head_;
    const u32 captured = LoadLe32(at + 8);
    if (captured - 1 >= kLargestRecord) {
      lane_.damage = WrongLength(at, captured);
      if (lane_.damage != kNoDamage) return kDamaged;
    }
    if (captured > available - kHeader) return kWantBytes;
    record.frame = at + kHeader;
    record.captured = captured;
    record.wire = Max(LoadLe32(at + 12), captured);
    record.time = LoadLe32(at) * 1'000'000'000ull + LoadLe32(at + 4) * factor_;
    record.interface = &interface_;
    record.octets = kHeader + captured;
    record.told = kNotTold;
    return kReady;
  }

  LACPSCOPE_INLINE void Take(const Record& record) {
    head_ += record.octets;
    frames_++;
    octets_ += record.wire;
    if (record.time >= time_) {
      time_ = record.time;
    } else {
      // Chosen, not stored on a condition: the compiler would make one store of these and the above, to an address it chooses.
      backwards_++;
      first_ = record.time < first_ ? record.time : first_;
      last_ = record.time > last_ ? record.time : last_;
    }
  }

  u64 time() const { return time_; }
  u32 frames() const { return frames_; }

  // What can be told from both ends of a batch is not counted frame by frame.
  void Close() {
    const u32 taken = frames_ - lane_.frames;
    interface_.frames += taken;
    interface_.octets += octets_;
    interface_.capturedOctets += head_ - lane_.head - taken * kHeader;
    interface_.backwards += backwards_;
    interface_.firstTime = first_;
    interface_.lastTime = taken > backwards_ ? time_ : last_;
    lane_.head = head_;
    lane_.frames = frames_;
    lane_.lastTime = time_;
  }

 private:
  static constexpr u32 kHeader = 16;
  Lane& lane_;
  Interface& interface_;
  const u8* region_;
  u32 head_;
  const u32 tail_;
  const u64 factor_;
  u64 time_, first_, last_;  // the last two: of records before that, or before what was promised
  u32 frames_, backwards_ = 0;
  u64 octets_ = 0;
};
