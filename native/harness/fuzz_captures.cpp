// libFuzzer target: the input is one to four captures, with the word LANE between them, behind two octets of set-up. They go
// through engines of several sizes and schedules, which must keep the laws of judge.hpp and agree.
// Inputs stay so short that no instant fills a queue: the order inside such an instant may depend on the batch.
#include "lab.hpp"

namespace {

constexpr u32 kMost = kQueue - kBatch;  // records
constexpr u32 kShortestRecord = 16;
constexpr u32 kBetween = 0x4c414e45;  // LANE

UNCOVERED u32 Split(const u8* data, u64 size, Bytes* lanes) {
  u32 count = 0;
  u64 from = 0;
  for (u64 at = 0; at + 4 <= size && count + 1 < Lab::kMostLanes;) {
    if (LoadBe32(data + at) != kBetween) {
      at++;
      continue;
    }
    lanes[count++] = {data + from, at - from};
    from = at += 4;
  }
  lanes[count++] = {data + from, size - from};
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, __SIZE_TYPE__ size) {
  static Lab* const labs[] = {new Lab(1024, 256), new Lab(64, 4)};
  if (size < 2 || size > kMost * kShortestRecord) return 0;
  Bytes lanes[Lab::kMostLanes];
  const u32 count = Split(data + 2, size - 2, lanes);
  labs[data[0] & 1]->RunEveryWay(lanes, count, data[1]);
  return 0;
}
