// One port that is captured, on a thread of its own: frames become classic pcap records in a queue, or blocks of pcapng. A port that goes down, is
// taken away or comes back is an event; the capture goes on when it is there again.
#pragma once

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "pcap_library.hpp"
#include "record_queue.hpp"

struct PortOptions {
  std::string device, filter;
  int snapLength = 128;
  int bufferOctets = 0;  // 0: as libpcap has it
  int timeoutMs = 100;   // until frames of a quiet port are handed over
  bool promiscuous = false;
  bool immediate = false;
  size_t queueOctets = 16 << 20;
  bool blocks = false;  // enhanced packet blocks of interface 0 in place of records
};

struct PortEvent {
  double timeMs;
  std::string kind, detail;
};

struct PortCounters {
  uint64_t received, droppedByKernel, droppedByInterface, droppedByQueue;
};

struct OpenFailure {
  int status = 0;
  std::string detail;
};

class LivePort {
 public:
  LivePort(const pcap::Library& library, PortOptions options)
      : pcap_(library), options_(std::move(options)), queue_(options_.queueOctets) {}
  LivePort(const LivePort&) = delete;

  ~LivePort() {
    Stop();
    if (thread_.joinable()) thread_.join();
    for (const int fd : wake_) if (fd >= 0) ::close(fd);
    if (control_ >= 0) ::close(control_);
  }

  // A port that is there but down is opened: it may come up. `ready` is called on the capturing thread.
  bool Start(std::function<void()> ready, OpenFailure& failure) {
    ready_ = std::move(ready);
    if (!FilterIsGood(failure)) return false;
    control_ = socket(AF_INET, SOCK_DGRAM, 0);
    if (pipe(wake_) != 0) return failure.detail = "no descriptors are left", false;
    for (const int fd : wake_) fcntl(fd, F_SETFL, O_NONBLOCK), fcntl(fd, F_SETFD, FD_CLOEXEC);
    index_ = if_nametoindex(options_.device.c_str());
    if (!Open(failure) && failure.status != pcap::kNotUp) return false;
    if (index_ == 0) return failure.detail = "it is no network interface of its own", false;
    promised_ = true;  // the reader writes them into the header
    up_ = handle_ != nullptr && IsUp();
    if (!up_) Note("down", "it is not up");
    thread_ = std::thread([this] { Run(); });
    return true;
  }

  void Stop() {
    uint64_t notYet = 0;
    if (!stopTime_.compare_exchange_strong(notYet, Now())) return;
    stopping_ = true;
    if (wake_[1] >= 0 && ::write(wake_[1], "", 1) < 0) return;  // full: it is awake
  }

  size_t Take(uint8_t* into, size_t room) { return queue_.Take(into, room); }
  // Frames that were captured before Stop may still be in the queue.
  bool Ended() const { return ended_.load(std::memory_order_acquire) && queue_.Empty(); }
  void Heard() { told_.store(false); }

  // Nanoseconds since the epoch: what was captured before has been taken. 0: not known, for there is more to take.
  uint64_t QuietUntil() const {
    const uint64_t seen = quiet_.load(std::memory_order_acquire);
    const uint64_t onItsWay = (2ull * options_.timeoutMs + 50) * (kSecond / 1000);  // blocks of the kernel, as in Drain
    return seen > onItsWay && queue_.Empty() ? seen - onItsWay : 0;
  }

  int linkType() const { return linkType_; }
  bool nanoseconds() const { return nanoseconds_; }
  int snapLength() const { return options_.snapLength; }

  PortCounters Counters() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return {before_.received + now_.received, before_.droppedByKernel + now_.droppedByKernel,
            before_.droppedByInterface + now_.droppedByInterface, queue_.dropped()};
  }

  std::vector<PortEvent> TakeEvents() {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<PortEvent> taken;
    taken.swap(events_);
    return taken;
  }

 private:
  struct Close {
    const pcap::Library* library;
    void operator()(pcap::Handle* handle) const { library->close(handle); }
  };
  using Owned = std::unique_ptr<pcap::Handle, Close>;
  static constexpr int kEthernet = 1;
  static constexpr int kLookMs = 250;        // at the state of the port, and for one that went away
  static constexpr uint64_t kSecond = 1'000'000'000;
  static constexpr size_t kEventsKept = 1000;
  // Octets after which the reader is told although more is to come, and how long fewer may wait: waking it costs as much as
  // taking a thousand frames.
  static constexpr size_t kTellAt = 512 << 10;
  static constexpr int kTellMs = 10;

  static uint64_t Now() {
    timespec t;
    clock_gettime(CLOCK_REALTIME, &t);  // what libpcap stamps frames with
    return t.tv_sec * kSecond + t.tv_nsec;
  }

  static uint64_t Monotonic() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * kSecond + t.tv_nsec;
  }

  Owned Own(pcap::Handle* handle) const { return Owned(handle, Close{&pcap_}); }

  bool FilterIsGood(OpenFailure& failure) {
    if (options_.filter.empty()) return true;
    const Owned dead = Own(pcap_.open_dead(kEthernet, options_.snapLength));
    pcap::Program program;
    if (pcap_.compile(dead.get(), &program, options_.filter.c_str(), 1, pcap::kAnyNetmask) == 0) {
      pcap_.freecode(&program);
      return true;
    }
    failure.detail = std::string("filter: ") + pcap_.geterr(dead.get());
    return false;
  }

  bool Open(OpenFailure& failure) {
    char detail[pcap::kErrorText] = "";
    Owned handle = Own(pcap_.create(options_.device.c_str(), detail));
    if (!handle) return failure.detail = detail, false;
    pcap_.set_snaplen(handle.get(), options_.snapLength);
    pcap_.set_promisc(handle.get(), options_.promiscuous);
    pcap_.set_timeout(handle.get(), options_.timeoutMs);
    if (options_.bufferOctets > 0) pcap_.set_buffer_size(handle.get(), options_.bufferOctets);
    if (options_.immediate && pcap_.set_immediate_mode) pcap_.set_immediate_mode(handle.get(), 1);
    const bool nanoseconds = pcap_.set_tstamp_precision && pcap_.set_tstamp_precision(handle.get(), pcap::kNanoseconds) == 0;
    if (!promised_) nanoseconds_ = nanoseconds;
    const int status = pcap_.activate(handle.get());
    if (status < 0) {
      const char* more = pcap_.geterr(handle.get());
      failure.status = status;
      failure.detail = more != nullptr && *more != 0 ? more : pcap_.statustostr(status);
      return false;
    }
    const int linkType = pcap_.datalink(handle.get());
    if (promised_ && (nanoseconds != nanoseconds_ || linkType != linkType_)) {
      failure.detail = "it came back with another link type";
      return false;
    }
    if (!options_.filter.empty()) {
      pcap::Program program;
      const bool compiled = pcap_.compile(handle.get(), &program, options_.filter.c_str(), 1, pcap::kAnyNetmask) == 0;
      const bool set = compiled && pcap_.setfilter(handle.get(), &program) == 0;
      if (compiled) pcap_.freecode(&program);
      if (!set) return failure.detail = std::string("filter: ") + pcap_.geterr(handle.get()), false;
    }
    if (pcap_.setnonblock(handle.get(), 1, detail) != 0) return failure.detail = detail, false;
    if (!promised_) linkType_ = linkType;
    index_ = if_nametoindex(options_.device.c_str());
    handle_ = std::move(handle);
    last_ = {};
    return true;
  }

  void Run() {
    uint64_t nextLook = 0, nextCount = 0, nextTell = 0;
    while (!stopping_.load()) {
      Wait(untold_ > 0 ? kTellMs : handle_ ? options_.timeoutMs : kLookMs);
      if (handle_) Dispatch();
      else quiet_.store(Now(), std::memory_order_release);
      const uint64_t time = Monotonic();
      if (time >= nextLook) {
        nextLook = time + kLookMs * (kSecond / 1000);
        Look();
      }
      if (time >= nextCount) {
        nextCount = time + kSecond;
        Count();
      }
      if (options_.immediate || time >= nextTell || untold_ >= kTellAt) {
        nextTell = time + kTellMs * (kSecond / 1000);
        Tell();
      }
    }
    Count();
    Drain();
    handle_.reset();
    ended_.store(true, std::memory_order_release);
    Tell();
  }

  void Wait(int milliseconds) {
    pollfd fds[2] = {{wake_[0], POLLIN, 0}, {handle_ ? pcap_.get_selectable_fd(handle_.get()) : -1, POLLIN, 0}};
    poll(fds, 2, milliseconds);
  }

  // Everything that is there; between blocks of it the reader is told.
  void Dispatch() {
    for (int frames = 1; frames > 0 && !stopping_.load();) {
      const uint64_t before = Now();
      frames = pcap_.dispatch(handle_.get(), -1, OnFrame, reinterpret_cast<unsigned char*>(this));
      if (frames == 0) quiet_.store(before, std::memory_order_release);
      if (frames < 0) Lost(pcap_.geterr(handle_.get()));
      if (!handle_) return;
      if (untold_ >= kTellAt) Tell();
    }
  }

  // The kernel hands over a block of a quiet port only after the timeout. Of a busy one all that it still holds is taken, however
  // long that takes: it was counted as received. Frames from after the end are none of ours.
  void Drain() {
    const uint64_t until = Monotonic() + (2ull * options_.timeoutMs + 50) * (kSecond / 1000);
    late_ = false;
    for (int frames = 0; handle_ && !late_ && (frames > 0 || Monotonic() < until);) {
      pollfd fd = {pcap_.get_selectable_fd(handle_.get()), POLLIN, 0};
      if (frames == 0) poll(&fd, 1, 10);
      frames = pcap_.dispatch(handle_.get(), -1, OnFrame, reinterpret_cast<unsigned char*>(this));
      if (frames < 0) return;
    }
  }

  static void OnFrame(unsigned char* user, const pcap::PacketHeader* header, const unsigned char* bytes) {
    reinterpret_cast<LivePort*>(user)->Keep(*header, bytes);
  }

  void Keep(const pcap::PacketHeader& header, const unsigned char* bytes) {
    const uint32_t seconds = static_cast<uint32_t>(header.time.tv_sec), part = static_cast<uint32_t>(header.time.tv_usec);
    if (stopping_.load(std::memory_order_relaxed)) {
      late_ = seconds * kSecond + part * (nanoseconds_ ? 1ull : 1000ull) > stopTime_;
      if (late_) return;
    }
    const size_t octets = options_.blocks ? KeepBlock(seconds, part, header, bytes) : KeepRecord(seconds, part, header, bytes);
    queue_.Commit(octets);
    untold_ += octets;
  }

  // 0 where there is no room.
  size_t KeepRecord(uint32_t seconds, uint32_t part, const pcap::PacketHeader& header, const unsigned char* bytes) {
    const uint32_t record[4] = {seconds, part, header.captured, header.wire};
    uint8_t* to = queue_.Reserve(sizeof record + header.captured);
    if (to == nullptr) return 0;
    memcpy(to, record, sizeof record);
    memcpy(to + sizeof record, bytes, header.captured);
    return sizeof record + header.captured;
  }

  // draft-ietf-opsawg-pcapng, section 4.3, in the byte order of this machine.
  size_t KeepBlock(uint32_t seconds, uint32_t part, const pcap::PacketHeader& header, const unsigned char* bytes) {
    const uint64_t ticks = seconds * (nanoseconds_ ? kSecond : 1'000'000) + part;
    const uint32_t padded = (header.captured + 3) & ~3u, length = 32 + padded;
    const uint32_t head[7] = {6, length, 0, static_cast<uint32_t>(ticks >> 32), static_cast<uint32_t>(ticks), header.captured, header.wire};
    uint8_t* to = queue_.Reserve(length);
    if (to == nullptr) return 0;
    memcpy(to, head, sizeof head);
    if (padded > 0) memset(to + sizeof head + padded - 4, 0, 4);  // the padding, and octets that are put over it
    memcpy(to + sizeof head, bytes, header.captured);
    memcpy(to + sizeof head + padded, &length, sizeof length);
    return length;
  }

  // Each change once: is it there, is it the one we opened, is it up.
  void Look() {
    const unsigned index = if_nametoindex(options_.device.c_str());
    if (handle_ && index != index_) Lost("it was made anew");
    const bool up = index != 0 && IsUp();
    if (!handle_ && index != 0) {
      OpenFailure failure;
      if (Open(failure) && lost_) {
        lost_ = false;
        Note("back", "captured again");
      }
    }
    if (up != up_ && index != 0) Note(up ? "up" : "down", up ? "it came up" : "it went down");
    up_ = up;
  }

  // The socket of a port that went down works again once it is up; anything else is opened anew.
  void Lost(const std::string& why) {
    const unsigned index = if_nametoindex(options_.device.c_str());
    if (index == index_ && !IsUp()) return;  // Look() notes it
    Count();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      before_ = {before_.received + now_.received, before_.droppedByKernel + now_.droppedByKernel,
                 before_.droppedByInterface + now_.droppedByInterface, 0};
      now_ = {};
    }
    handle_.reset();
    lost_ = true;
    Note("lost", index == 0 ? "it disappeared" : why);
  }

  bool IsUp() const {
    ifreq request{};
    options_.device.copy(request.ifr_name, sizeof request.ifr_name - 1);
    if (ioctl(control_, SIOCGIFFLAGS, &request) != 0) return false;
    return (request.ifr_flags & IFF_UP) != 0 && (request.ifr_flags & IFF_RUNNING) != 0;
  }

  // libpcap counts in 32 bits.
  void Count() {
    pcap::Statistics s{};
    if (!handle_ || pcap_.stats(handle_.get(), &s) != 0) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    now_.received += s.received - last_.received;
    now_.droppedByKernel += s.dropped - last_.dropped;
    now_.droppedByInterface += s.droppedByInterface - last_.droppedByInterface;
    last_ = s;
  }

  void Note(const char* kind, const std::string& detail) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (events_.size() < kEventsKept) events_.push_back({static_cast<double>(Now()) / 1e6, kind, detail});
    noted_ = true;
  }

  void Tell() {
    const bool news = untold_ > 0 || noted_ || ended_.load();
    untold_ = 0;
    noted_ = false;
    if (news && !told_.exchange(true)) ready_();
  }

  const pcap::Library& pcap_;
  const PortOptions options_;
  RecordQueue queue_;
  std::function<void()> ready_;
  Owned handle_{nullptr, Close{nullptr}};
  std::thread thread_;
  int wake_[2] = {-1, -1};
  int control_ = -1;
  unsigned index_ = 0;
  int linkType_ = kEthernet;  // of a port that is not up yet; held to it afterwards
  bool nanoseconds_ = true;
  bool promised_ = false, up_ = false, lost_ = false, late_ = false, noted_ = false;
  size_t untold_ = 0;
  std::atomic<bool> stopping_{false}, ended_{false}, told_{false};
  std::atomic<uint64_t> stopTime_{0};
  std::atomic<uint64_t> quiet_{0};  // when there was nothing to take last
  std::mutex mutex_;  // of what is below
  std::vector<PortEvent> events_;
  PortCounters before_{}, now_{};  // of earlier handles, of this one
  pcap::Statistics last_{};
};
