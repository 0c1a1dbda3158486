// libFuzzer target: the input is one frame, behind two octets that say what a capture would. The fuzzer hands over an exact
// heap copy, so a read past the captured bytes is seen.
#include "blocks.hpp"
#include "frame_check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const u8* data, __SIZE_TYPE__ size) {
  static const DigestKeys keys = [] {
    DigestKeys made;
    FixKeys(made);
    return made;
  }();
  constexpr u32 kAhead = 2;
  if (size < kAhead) return 0;
  Interface interface = {};
  Record record = {};
  record.interface = &interface;
  interface.link = data[0] % 5;
  record.frame = data + kAhead;
  record.captured = static_cast<u32>(size - kAhead);
  record.wire = record.captured + 16u * data[1];  // cut by a snap length, or whole
  CheckFrame(keys, record);
  return 0;
}
