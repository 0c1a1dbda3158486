// Captures through the engine under the sanitizers: whole, frame by frame, and cut. One line a file: frames, octets, flows.
//   replay [--share N] FILE...     every Nth cut only (1: all)
//   replay --seeds FOLDER FILE...  writes what the fuzz targets begin with: FOLDER/frames/, FOLDER/captures/
#include <stdlib.h>
#include <sys/stat.h>

#include <string>

#include "lab.hpp"
#include "walk.hpp"

namespace {

constexpr u64 kSmall = 16 * 1024, kEnd = 4 * 1024;
constexpr u32 kRecordsAhead = 8;  // of a cut deep in a large file: what the engine still has in hand

bool Read(const char* path, std::vector<u8>& bytes) {
  FILE* file = fopen(path, "rb");
  if (file == nullptr) return false;
  fseek(file, 0, SEEK_END);
  bytes.resize(static_cast<u64>(ftell(file)));
  rewind(file);
  const bool all = bytes.empty() || fread(bytes.data(), 1, bytes.size(), file) == bytes.size();
  fclose(file);
  return all;
}

// Each frame in a block of its own, so that a step past its end is seen.
void CheckFrames(const std::vector<u8>& bytes, const Walk& walk) {
  DigestKeys keys;
  FixKeys(keys);
  Interface interface = {};
  for (const FramePlace& place : walk.frames) {
    u8* copy = static_cast<u8*>(malloc(place.captured ? place.captured : 1));
    if (place.captured > 0) memcpy(copy, bytes.data() + place.at, place.captured);
    Record record = {};
    record.frame = copy;
    record.captured = place.captured;
    record.wire = place.wire;
    record.interface = &interface;
    CheckFrame(keys, record);
    free(copy);
  }
}

// Small files at every byte; of larger ones the first and last 4 KiB and the edges of records and of their headers.
std::vector<u64> Cuts(u64 size, const Walk& walk) {
  std::vector<u64> cuts;
  for (u64 cut = 0; cut < size; cut++) if (size <= kSmall || cut < kEnd || cut + kEnd >= size) cuts.push_back(cut);
  if (size <= kSmall) return cuts;
  for (u64 edge : walk.edges) {
    for (u64 cut : {edge - 1, edge, edge + 1, edge + 15, edge + 16, edge + 17, edge + 28}) {
      if (cut >= kEnd && cut + kEnd < size) cuts.push_back(cut);
    }
  }
  return cuts;
}

// The file up to `cut`; of a large one its beginning and the records just before.
void RunCut(Lab& lab, const std::vector<u8>& bytes, const Walk& walk, u64 cut) {
  if (cut <= kSmall || walk.edges.empty()) {
    const Bytes whole = {bytes.data(), cut};
    lab.Run(&whole, 1, {});
    return;
  }
  u64 edge = 0, high = walk.edges.size();
  while (edge + 1 < high) {
    const u64 middle = (edge + high) / 2;
    if (walk.edges[middle] <= cut) edge = middle;
    else high = middle;
  }
  const u64 from = walk.edges[edge > kRecordsAhead ? edge - kRecordsAhead : 0];
  std::vector<u8> part(bytes.begin(), bytes.begin() + walk.edges[0]);
  part.insert(part.end(), bytes.begin() + from, bytes.begin() + cut);
  const Bytes input = {part.data(), part.size()};
  lab.Run(&input, 1, {});
}

int Replay(char** paths, int count, u32 share) {
  static Lab large(1 << 17, 1 << 14), small(1024, 64);
  u64 cut = 0;
  for (int i = 0; i < count; i++) {
    std::vector<u8> bytes;
    if (!Read(paths[i], bytes)) {
      fprintf(stderr, "%s: cannot be read\n", paths[i]);
      return 2;
    }
    const Walk walk = WalkCapture(bytes.data(), bytes.size());
    CheckFrames(bytes, walk);
    const Bytes whole = {bytes.data(), bytes.size()};
    const Outcome outcome = large.RunEveryWay(&whole, 1, 0);
    u64 cuts = 0;
    for (u64 at : Cuts(bytes.size(), walk)) {
      if (cut++ % share != 0) continue;
      RunCut(small, bytes, walk, at);
      cuts++;
    }
    printf("%s\t%llu\t%llu\t%u\t%u\t%llu\n", paths[i], outcome.counted.frames, outcome.counted.octets, outcome.flows, outcome.movers, cuts);
    fflush(stdout);
  }
  return 0;
}

bool Write(const std::string& path, const char* ahead, u64 aheadOctets, const u8* bytes, u64 octets) {
  FILE* file = fopen(path.c_str(), "wb");
  if (file == nullptr) return false;
  fwrite(ahead, 1, aheadOctets, file);
  fwrite(bytes, 1, octets, file);
  fclose(file);
  return true;
}

// Frames: those whose headers differ in shape. Captures: the beginning of each file.
int WriteSeeds(const std::string& folder, char** paths, int count) {
  constexpr u32 kFrameMost = 200, kCaptureMost = 3000, kFramesOfAFile = 40;
  mkdir((folder + "/frames").c_str(), 0777);
  mkdir((folder + "/captures").c_str(), 0777);
  u32 written = 0;
  for (int i = 0; i < count; i++) {
    std::vector<u8> bytes;
    if (!Read(paths[i], bytes)) continue;
    const Walk walk = WalkCapture(bytes.data(), bytes.size());
    if (walk.edges.empty()) continue;
    const u64 step = walk.frames.size() / kFramesOfAFile + 1;
    for (u64 n = 0; n < walk.frames.size(); n += step) {
      const FramePlace& place = walk.frames[n];
      const char ahead[2] = {0, static_cast<char>(Min((place.wire - place.captured) / 16, 255))};
      const std::string name = folder + "/frames/" + std::to_string(written++);
      if (!Write(name, ahead, 2, bytes.data() + place.at, Min(place.captured, kFrameMost))) return 2;
    }
    const u64 octets = bytes.size() < kCaptureMost ? bytes.size() : kCaptureMost;
    const char ahead[2] = {static_cast<char>(i & 1), static_cast<char>(i)};
    if (!Write(folder + "/captures/" + std::to_string(i), ahead, 2, bytes.data(), octets)) return 2;
    if (i % 4 != 0) continue;
    const std::string twice = std::string(bytes.begin(), bytes.begin() + octets) + "LANE";  // two ports that saw the same
    if (!Write(folder + "/captures/twice-" + std::to_string(i), twice.data(), twice.size(), bytes.data(), octets)) return 2;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 3 && strcmp(argv[1], "--seeds") == 0) return WriteSeeds(argv[2], argv + 3, argc - 3);
  const bool shared = argc > 3 && strcmp(argv[1], "--share") == 0;
  const int from = shared ? 3 : 1;
  const int share = shared ? atoi(argv[2]) : 1;
  if (argc <= from || share < 1) {
    fprintf(stderr, "replay [--share N] FILE... | replay --seeds FOLDER FILE...\n");
    return 2;
  }
  return Replay(argv + from, argc - from, static_cast<u32>(share));
}
