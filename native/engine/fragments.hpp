// Ports of datagrams whose later fragments are still to come: bounded, a newer datagram takes an older one's place.
#pragma once

#include "memory.hpp"
#include "parsed.hpp"

class FragmentCache {
 public:
  bool Init() { return Reserve(entries_, kEntries); }

  void Remember(const Parsed& first, u64 time) { At(first) = {first.fragmentKey, time, first.key[4], first.hasPorts}; }

  // Gives a later fragment the ports of its first one, if that was seen within a minute.
  bool Complete(Parsed& later, u64 time) {
    const Entry& entry = At(later);
    if (entry.key != later.fragmentKey || time - entry.time > kLifeNs) return false;
    later.key[4] = entry.ports;
    later.hasPorts = entry.hasPorts != 0;
    return true;
  }

 private:
  static constexpr u32 kEntries = 4096;
  static constexpr u64 kLifeNs = 60'000'000'000;
  struct Entry { u64 key, time; u32 ports, hasPorts; };
  Entry* entries_;

  Entry& At(const Parsed& parsed) { return entries_[(parsed.fragmentKey >> 7) % kEntries]; }
};
