// Who is local: the addresses whose frames are egress.
#pragma once

#include "memory.hpp"
#include "parsed.hpp"

constexpr u32 kLocalAddresses = 4096;  // of each kind

struct LocalAddress { u64 high, low; };  // a number: IPv6 fills both halves, IPv4 and MACs the lower

class LocalStation {
 public:
  LocalAddress* macs;  // sorted
  LocalAddress* ips;   // for frames without MAC addresses; sorted
  u32 macCount = 0, ipCount = 0;

  bool Init() { return Reserve(macs, kLocalAddresses) && Reserve(ips, kLocalAddresses); }

  // What the capture states counts; else who sent it, by MAC address, or by IP address where frames have no other.
  bool IsEgress(const Parsed& parsed) const {
    if (parsed.told != kNotTold) return parsed.told == kToldEgress;
    const u64 mac = static_cast<u64>(__builtin_bswap32(parsed.key[2])) | static_cast<u64>(__builtin_bswap16(static_cast<u16>(parsed.key[1] >> 16))) << 32;
    if (mac != 0) return Contains({0, mac}, macs, macCount);
    const u32 version = parsed.key[5] >> 8 & 255;
    if (version == 4) return Contains({0, __builtin_bswap32(parsed.key[6])}, ips, ipCount);
    return version == 6 && Contains({Half(parsed.key + 6), Half(parsed.key + 8)}, ips, ipCount);
  }

 private:
  static u64 Half(const u32* address) {
    return static_cast<u64>(__builtin_bswap32(address[0])) << 32 | __builtin_bswap32(address[1]);
  }

  static bool Contains(const LocalAddress& address, const LocalAddress* sorted, u32 count) {
    u32 from = 0, to = count;
    while (from < to) {
      const u32 middle = (from + to) / 2;
      const LocalAddress& other = sorted[middle];
      if (other.high < address.high || (other.high == address.high && other.low < address.low)) from = middle + 1;
      else to = middle;
    }
    return from < count && sorted[from].high == address.high && sorted[from].low == address.low;
  }
};
