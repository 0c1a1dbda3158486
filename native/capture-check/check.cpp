// Ports captured without Node.js, so that sanitizers see the threads: check PORT... reads all of them from one thread, as
// JavaScript does, says what happens to them, and at the end of its standard input what each received, dropped and gave.
#include <unistd.h>

#include <cstdio>

#include "../capture/live_port.hpp"

namespace {

struct Checked {
  const char* name;
  std::unique_ptr<LivePort> port;
  uint64_t octets = 0;
};

void Read(Checked& checked) {
  static uint8_t buffer[1 << 16];
  checked.port->Heard();
  checked.octets += checked.port->Take(buffer, sizeof buffer);
  for (const PortEvent& event : checked.port->TakeEvents()) fprintf(stderr, "%s %s\n", checked.name, event.kind.c_str());
}

}  // namespace

int main(int count, char** words) {
  std::string problem;
  const pcap::Library* library = pcap::Library::Get(problem);
  if (library == nullptr || count < 2) return fprintf(stderr, "%s\n", problem.c_str()), 2;
  std::vector<Checked> ports(count - 1);
  for (size_t n = 0; n < ports.size(); n++) {
    PortOptions options;
    options.device = ports[n].name = words[n + 1];
    options.queueOctets = 1 << 20;
    options.blocks = n % 2 == 0;
    ports[n].port = std::make_unique<LivePort>(*library, options);
    OpenFailure failure;
    if (!ports[n].port->Start([] {}, failure)) return fprintf(stderr, "%s\n", failure.detail.c_str()), 3;
  }
  fprintf(stderr, "listening\n");
  fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
  for (bool all = false; !all;) {
    all = true;
    char ignored;
    const bool end = ::read(STDIN_FILENO, &ignored, 1) == 0;
    for (Checked& checked : ports) {
      Read(checked);
      if (end) checked.port->Stop();
      all = all && checked.port->Ended();
    }
    usleep(500);
  }
  for (Checked& checked : ports) {
    Read(checked);
    const PortCounters counters = checked.port->Counters();
    printf("%llu %llu %llu %llu\n", static_cast<unsigned long long>(counters.received),
           static_cast<unsigned long long>(counters.droppedByKernel), static_cast<unsigned long long>(counters.droppedByQueue),
           static_cast<unsigned long long>(checked.octets));
  }
}
