// One frame through both paths of dissection, which must agree, and must not depend on what was dissected before.
#pragma once

#include <string.h>

#include "../engine/fast_path.hpp"
#include "../engine/records.hpp"
#include "check.hpp"

// Digest keys as tests use them: fixed, and no two alike.
inline void FixKeys(DigestKeys& keys) {
  u64 x = 0x9e3779b97f4a7c15ull;
  u8* bytes = reinterpret_cast<u8*>(&keys);
  for (u32 i = 0; i < sizeof keys; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    bytes[i] = static_cast<u8>(x);
  }
}

inline void DissectAfter(u8 filler, const Record& record, Parsed& parsed) {
  memset(static_cast<void*>(&parsed), filler, sizeof parsed);
  Dissect(record.interface->link, record.frame, record.captured, record.wire, parsed);
}

inline void CheckFrame(const DigestKeys& keys, const Record& record) {
  Parsed parsed, again;
  DissectAfter(0x00, record, parsed);
  DissectAfter(0xff, record, again);
  const u64 digest = Digest(keys, parsed.key, parsed.keyWords);
  CHECK(parsed.keyWords == again.keyWords && digest == Digest(keys, again.key, again.keyWords));
  CHECK(parsed.flags == again.flags && parsed.sequence == again.sequence && parsed.frameDigest == again.frameDigest);
  CHECK(parsed.fragmentKey == again.fragmentKey && parsed.payload == again.payload && parsed.flowLabel == again.flowLabel);
  CHECK(memcmp(&parsed.changing, &again.changing, sizeof parsed.changing) == 0 && parsed.handshake == again.handshake);
  CHECK(parsed.keyWords <= kKeyWords && parsed.keyWords % 2 == 0);
  CHECK(parsed.flags < 256 && parsed.payload <= 65535);
  CHECK(parsed.control == kNoControl || parsed.controlAt <= record.captured);
  CHECK(((parsed.flags & (kFirstFragment | kLaterFragment)) != 0) == (parsed.fragmentKey != 0));

  Descriptor usual;
  u64 usualDigest = 0;
  Changing changing;
  memset(&usual, 0xa5, sizeof usual);
  memset(&changing, 0xa5, sizeof changing);
  usual.wire = record.wire;
  if (record.interface->link != kEthernet) return;
  if (!DecodeUsual(record.frame, record.captured, record.interface->port, keys, usual, changing, usualDigest)) return;
  CHECK(parsed.control == kNoControl && parsed.fragmentKey == 0);
  CHECK(usualDigest == digest);
  CHECK(usual.flags == static_cast<u8>(parsed.flags) && usual.port == record.interface->port);
  CHECK(usual.sequence == parsed.sequence);
  CHECK(memcmp(&changing, &parsed.changing, sizeof changing) == 0);
  CHECK(usual.payload == (parsed.flags & kTcpData ? parsed.payload : parsed.handshake));
  CHECK(usual.frameDigest == parsed.frameDigest);
}
