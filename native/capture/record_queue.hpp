// Octets on their way from the thread that captures to the one that reads: one writer, one reader, no lock, a fixed size.
// What finds no room is dropped as a whole record and counted; the queue never grows and nobody waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>

class RecordQueue {
 public:
  explicit RecordQueue(size_t octets) : size_(octets), ring_(new uint8_t[octets + kLargest]) {}

  static constexpr size_t kLargest = (256 << 10) + 64;  // of a record: the largest snap length, and what stands around the frame

  // Writer. Where so many octets are to be put, in one piece; null if there is no room, which is counted.
  uint8_t* Reserve(size_t octets) {
    const size_t at = written_.load(std::memory_order_relaxed);
    const size_t used = at - taken_.load(std::memory_order_acquire);
    if (used == 0) {  // from the beginning again: what is used stays small, and in the processor's cache
      to_ = 0;
      restart_.store(at, std::memory_order_relaxed);
    }
    if (octets <= size_ - used && octets <= kLargest) return ring_.get() + to_;
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }

  // They are there.
  void Commit(size_t octets) {
    to_ += octets;
    if (to_ >= size_) {
      to_ -= size_;
      memcpy(ring_.get(), ring_.get() + size_, to_);  // what was put behind the end belongs at the beginning
    }
    written_.store(written_.load(std::memory_order_relaxed) + octets, std::memory_order_release);
  }

  // Reader. As much as is there, up to `room`.
  size_t Take(uint8_t* into, size_t room) {
    const size_t at = taken_.load(std::memory_order_relaxed);
    const size_t there = written_.load(std::memory_order_acquire) - at;
    if (restart_.load(std::memory_order_relaxed) == at) from_ = 0;
    const size_t octets = there < room ? there : room;
    const size_t first = octets < size_ - from_ ? octets : size_ - from_;
    memcpy(into, ring_.get() + from_, first);
    memcpy(into + first, ring_.get(), octets - first);
    from_ = octets < size_ - from_ ? from_ + octets : octets - first;
    taken_.store(at + octets, std::memory_order_release);
    return octets;
  }

  bool Empty() const { return written_.load(std::memory_order_acquire) == taken_.load(std::memory_order_acquire); }
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  const size_t size_;
  const std::unique_ptr<uint8_t[]> ring_;  // not touched before it is used
  size_t to_ = 0;    // where the writer goes on, below size_
  size_t from_ = 0;  // where the reader does
  std::atomic<size_t> written_{0}, taken_{0};  // since the start; they wrap with size_t, as differences may
  std::atomic<size_t> restart_{0};  // what stands at the beginning of the ring, counted as those
  std::atomic<uint64_t> dropped_{0};
};
