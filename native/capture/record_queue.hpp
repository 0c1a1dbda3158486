// Octets on their way from the thread that captures to the one that reads: one writer, one reader, no lock, a fixed size.
// What finds no room is dropped as a whole record and counted; the queue never grows and nobody waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>

class RecordQueue {
 public:
  explicit RecordQueue(size_t octets) : size_(octets), ring_(new uint8_t[octets]) {}

  // Writer. A record in two parts, whole or not at all.
  bool Append(const void* head, size_t headOctets, const void* rest, size_t restOctets) {
    const size_t used = written_.load(std::memory_order_relaxed) - taken_.load(std::memory_order_acquire);
    if (headOctets + restOctets > size_ - used) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    const size_t at = written_.load(std::memory_order_relaxed);
    Put(at, head, headOctets);
    Put(at + headOctets, rest, restOctets);
    written_.store(at + headOctets + restOctets, std::memory_order_release);
    return true;
  }

  // Reader. As much as is there, up to `room`.
  size_t Take(uint8_t* into, size_t room) {
    const size_t at = taken_.load(std::memory_order_relaxed);
    const size_t there = written_.load(std::memory_order_acquire) - at;
    const size_t octets = there < room ? there : room;
    const size_t from = at % size_;
    const size_t first = octets < size_ - from ? octets : size_ - from;
    memcpy(into, ring_.get() + from, first);
    memcpy(into + first, ring_.get(), octets - first);
    taken_.store(at + octets, std::memory_order_release);
    return octets;
  }

  bool Empty() const { return written_.load(std::memory_order_acquire) == taken_.load(std::memory_order_acquire); }
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  void Put(size_t at, const void* bytes, size_t octets) {
    const size_t from = at % size_;
    const size_t first = octets < size_ - from ? octets : size_ - from;
    memcpy(ring_.get() + from, bytes, first);
    memcpy(ring_.get(), static_cast<const uint8_t*>(bytes) + first, octets - first);
  }

  const size_t size_;
  const std::unique_ptr<uint8_t[]> ring_;  // not touched before it is used
  std::atomic<size_t> written_{0}, taken_{0};  // since the start; they wrap with size_t, as differences may
  std::atomic<uint64_t> dropped_{0};
};
