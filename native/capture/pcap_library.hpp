// libpcap, opened at run time: a machine without it gets one sentence instead of an addon that does not load. Declared here is
// what is used of pcap.h, which keeps its ABI since version 1.0.
#pragma once

#include <dlfcn.h>
#include <sys/time.h>

#include <cstdint>
#include <string>

namespace pcap {

struct Handle;  // pcap_t

#if defined(__OpenBSD__)
struct Time {  // bpf_timeval
  uint32_t tv_sec, tv_usec;
};
#else
using Time = timeval;
#endif

struct PacketHeader {  // pcap_pkthdr: behind it macOS has a comment
  Time time;           // microseconds, or nanoseconds where asked for
  uint32_t captured;
  uint32_t wire;
};

struct Program {  // bpf_program
  unsigned length;
  void* instructions;
};

struct Statistics {  // pcap_stat; Windows has more, which is no system of ours
  unsigned received;
  unsigned dropped;
  unsigned droppedByInterface;
};

struct Device {  // pcap_if_t
  Device* next;
  char* name;
  char* description;
  void* addresses;
  unsigned flags;
};

using Callback = void (*)(unsigned char* user, const PacketHeader*, const unsigned char* bytes);

constexpr int kErrorText = 256;      // PCAP_ERRBUF_SIZE
constexpr int kNoSuchDevice = -5;    // PCAP_ERROR_NO_SUCH_DEVICE
constexpr int kNoPermission = -8;    // PCAP_ERROR_PERM_DENIED
constexpr int kNotUp = -9;           // PCAP_ERROR_IFACE_NOT_UP
constexpr int kNoPromiscuous = -11;  // PCAP_ERROR_PROMISC_PERM_DENIED
constexpr int kNanoseconds = 1;      // PCAP_TSTAMP_PRECISION_NANO
constexpr unsigned kAnyNetmask = 0xffffffff;

// Members have the names of the library's functions, less "pcap_".
class Library {
 public:
  Handle* (*create)(const char* device, char* error) = nullptr;
  Handle* (*open_dead)(int linkType, int snapLength) = nullptr;
  int (*set_snaplen)(Handle*, int) = nullptr;
  int (*set_promisc)(Handle*, int) = nullptr;
  int (*set_timeout)(Handle*, int milliseconds) = nullptr;
  int (*set_buffer_size)(Handle*, int octets) = nullptr;
  int (*set_immediate_mode)(Handle*, int) = nullptr;    // since 1.5
  int (*set_tstamp_precision)(Handle*, int) = nullptr;  // since 1.5
  int (*activate)(Handle*) = nullptr;
  int (*setnonblock)(Handle*, int, char* error) = nullptr;
  int (*get_selectable_fd)(Handle*) = nullptr;
  int (*compile)(Handle*, Program*, const char* filter, int optimize, unsigned netmask) = nullptr;
  int (*setfilter)(Handle*, Program*) = nullptr;
  void (*freecode)(Program*) = nullptr;
  int (*datalink)(Handle*) = nullptr;
  int (*dispatch)(Handle*, int most, Callback, unsigned char* user) = nullptr;
  int (*stats)(Handle*, Statistics*) = nullptr;
  char* (*geterr)(Handle*) = nullptr;
  const char* (*statustostr)(int) = nullptr;
  void (*close)(Handle*) = nullptr;
  int (*findalldevs)(Device**, char* error) = nullptr;
  void (*freealldevs)(Device*) = nullptr;
  const char* (*lib_version)() = nullptr;

  // The one of this process; `problem` says why there is none.
  static const Library* Get(std::string& problem) {
    static const Library library;
    problem = library.problem_;
    return library.problem_.empty() ? &library : nullptr;
  }

 private:
  Library() {
    void* opened = nullptr;
    // The name most have, Debian's, FreeBSD's, what development packages and OpenBSD have; on macOS it is a library of the system.
    for (const char* name : {"libpcap.so.1", "libpcap.so.0.8", "libpcap.so.8", "libpcap.so", "/usr/lib/libpcap.A.dylib"}) {
      opened = dlopen(name, RTLD_NOW | RTLD_LOCAL);
      if (opened != nullptr) break;
    }
    if (opened == nullptr) {
      problem_ = "libpcap is not installed";
      return;
    }
    const auto find = [&](auto& function, const char* name, bool needed = true) {
      function = reinterpret_cast<std::decay_t<decltype(function)>>(dlsym(opened, name));
      if (function == nullptr && needed && problem_.empty()) problem_ = std::string("libpcap is too old: it has no ") + name;
    };
    find(create, "pcap_create");
    find(open_dead, "pcap_open_dead");
    find(set_snaplen, "pcap_set_snaplen");
    find(set_promisc, "pcap_set_promisc");
    find(set_timeout, "pcap_set_timeout");
    find(set_buffer_size, "pcap_set_buffer_size");
    find(set_immediate_mode, "pcap_set_immediate_mode", false);
    find(set_tstamp_precision, "pcap_set_tstamp_precision", false);
    find(activate, "pcap_activate");
    find(setnonblock, "pcap_setnonblock");
    find(get_selectable_fd, "pcap_get_selectable_fd");
    find(compile, "pcap_compile");
    find(setfilter, "pcap_setfilter");
    find(freecode, "pcap_freecode");
    find(datalink, "pcap_datalink");
    find(dispatch, "pcap_dispatch");
    find(stats, "pcap_stats");
    find(geterr, "pcap_geterr");
    find(statustostr, "pcap_statustostr");
    find(close, "pcap_close");
    find(findalldevs, "pcap_findalldevs");
    find(freealldevs, "pcap_freealldevs");
    find(lib_version, "pcap_lib_version");
  }

  std::string problem_;
};

}  // namespace pcap
