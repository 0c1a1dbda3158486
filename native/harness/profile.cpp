// Captures through the engine, one a lane, for a program that counts instructions (scripts/profile.js): nothing else.
#include <sys/mman.h>

#include <memory>
#include <vector>

#include "../engine/engine.hpp"
#include "feeder.hpp"
#include "frame_check.hpp"

// In whole pages: a row that were not in one cache line would be measured as another engine.
u8* ReserveBytes(u64 bytes) {
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return at == MAP_FAILED ? nullptr : static_cast<u8*>(at);
}

// What is counted: by this name it is told from reading files and from the harness.
extern "C" LACPSCOPE_NOINLINE u32 ProfiledRun(Engine& engine) { return engine.Run(); }

int main(int argc, char** argv) {
  const u32 count = static_cast<u32>(argc - 1);
  static Engine engine;
  if (count < 1 || count > kLanes || !engine.Init(1 << 20, 1 << 18, kPorts, count)) return 2;
  FixKeys(engine.keys);
  std::vector<std::vector<u8>> files(count);
  std::vector<std::unique_ptr<Feeder>> feeders;
  for (u32 i = 0; i < count; i++) {
    FILE* file = fopen(argv[1 + i], "rb");
    if (file == nullptr) return 2;
    fseek(file, 0, SEEK_END);
    files[i].resize(static_cast<u64>(ftell(file)));
    rewind(file);
    if (fread(files[i].data(), 1, files[i].size(), file) != files[i].size()) return 2;
    fclose(file);
    feeders.push_back(std::make_unique<Feeder>(engine, i, files[i].data(), files[i].size()));
    feeders[i]->Start();
  }
  while (const u32 asked = ProfiledRun(engine)) {
    engine.control.used = 0;
    if (asked >> 8 == kControlFull) engine.lanes[asked & 255].status = kReady;
    else feeders[asked & 255]->Answer(asked >> 8);
  }
  u64 frames = 0;
  for (u32 i = 0; i < count; i++) frames += engine.lanes[i].frames;
  printf("%llu %u %u\n", frames, engine.flows.count, engine.movers.count);
}
