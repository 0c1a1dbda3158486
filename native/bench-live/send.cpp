// Sends small frames as fast as this machine can, or at a rate: send DEVICE FRAMES [FRAMES_PER_SECOND]. Prints how many went
// out, and in how many seconds. 60 bytes each, UDP of a thousand flows.
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <time.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kFrame = 60, kFlows = 1000, kBatch = 50;  // a whole number of batches is every flow once
constexpr int kBypassQueueing = 20;                     // PACKET_QDISC_BYPASS of linux/if_packet.h since 3.14
uint8_t frames[kFlows][kFrame];

double Seconds() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

void PutShort(uint8_t* at, unsigned value) {
  at[0] = static_cast<uint8_t>(value >> 8);
  at[1] = static_cast<uint8_t>(value);
}

void MakeFrame(uint8_t* frame, int flow) {
  const uint8_t head[] = {0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 1, static_cast<uint8_t>(flow % 64), 0x08, 0, 0x45, 0, 0, kFrame - 14};
  memcpy(frame, head, sizeof head);
  frame[22] = 64;
  frame[23] = 17;
  const uint8_t addresses[] = {198, 51, 100, static_cast<uint8_t>(1 + flow % 64), 192, 0, 2, 1};
  memcpy(frame + 26, addresses, sizeof addresses);
  PutShort(frame + 34, 10000u + static_cast<unsigned>(flow));
  PutShort(frame + 36, 9);
  PutShort(frame + 38, kFrame - 34);
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) return fprintf(stderr, "send DEVICE FRAMES [FRAMES_PER_SECOND]\n"), 2;
  const uint64_t wanted = strtoull(words[2], nullptr, 10);
  const double rate = count > 3 ? atof(words[3]) : 0;
  const int out = socket(AF_PACKET, SOCK_RAW, 0);
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(if_nametoindex(words[1]));
  const int one = 1;
  setsockopt(out, SOL_PACKET, kBypassQueueing, &one, sizeof one);
  if (bind(out, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) return perror(words[1]), 1;

  mmsghdr messages[kFlows]{};
  iovec vectors[kFlows];
  for (int flow = 0; flow < kFlows; flow++) {
    MakeFrame(frames[flow], flow);
    vectors[flow] = {frames[flow], kFrame};
    messages[flow].msg_hdr.msg_iov = &vectors[flow];
    messages[flow].msg_hdr.msg_iovlen = 1;
  }
  const double began = Seconds();
  uint64_t sent = 0;
  while (sent < wanted) {
    if (rate > 0 && static_cast<double>(sent) > (Seconds() - began) * rate) continue;
    const int gone = sendmmsg(out, messages + sent % kFlows, kBatch - static_cast<int>(sent % kBatch), 0);
    if (gone > 0) sent += static_cast<uint64_t>(gone);
    else if (errno != ENOBUFS) return perror("sendmmsg"), 1;
  }
  printf("%llu %.6f\n", static_cast<unsigned long long>(sent), Seconds() - began);
}
