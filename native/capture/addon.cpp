// Capturing for Node.js: which devices there are, and ports that are read as streams of classic pcap records.
#include "live_port.hpp"
#include "node_api.hpp"

namespace {

napi_value Text(napi_env env, const std::string& text) {
  napi_value value;
  napi_create_string_utf8(env, text.data(), text.size(), &value);
  return value;
}

napi_value Number(napi_env env, double number) {
  napi_value value;
  napi_create_double(env, number, &value);
  return value;
}

napi_value Boolean(napi_env env, bool flag) {
  napi_value value;
  napi_get_boolean(env, flag, &value);
  return value;
}

class Fields {
 public:
  explicit Fields(napi_env env) : env_(env) { napi_create_object(env, &object_); }
  Fields& Set(const char* name, napi_value value) {
    napi_set_named_property(env_, object_, name, value);
    return *this;
  }
  Fields& Set(const char* name, const std::string& text) { return Set(name, Text(env_, text)); }
  Fields& Set(const char* name, double number) { return Set(name, Number(env_, number)); }
  Fields& SetFlag(const char* name, bool flag) { return Set(name, Boolean(env_, flag)); }
  Fields& SetFunction(const char* name, napi_callback function) {
    napi_value value;
    napi_create_function(env_, name, kWholeText, function, nullptr, &value);
    return Set(name, value);
  }
  operator napi_value() const { return object_; }

 private:
  napi_env env_;
  napi_value object_;
};

// A port and the function that tells JavaScript of it. Lives as long as the object, or until the environment ends.
struct Open {
  std::unique_ptr<LivePort> port;
  napi_threadsafe_function ready = nullptr;

  void Close() {
    port.reset();  // joins the thread: nobody calls `ready` afterwards
    if (ready != nullptr) napi_release_threadsafe_function(ready, napi_tsfn_abort);
    ready = nullptr;
  }
  static void AtExit(void* open) { static_cast<Open*>(open)->Close(); }
};

struct Call {
  napi_env env;
  napi_value self = nullptr;
  napi_value arguments[2] = {nullptr, nullptr};
  Open* open = nullptr;

  Call(napi_env e, napi_callback_info info) : env(e) {
    size_t count = 2;
    napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  }

  // Null after close(): then every question has an answer too.
  LivePort* Port() {
    void* wrapped = nullptr;
    if (napi_unwrap(env, self, &wrapped) == napi_ok) open = static_cast<Open*>(wrapped);
    return open == nullptr ? nullptr : open->port.get();
  }

  double Number(const char* name, double otherwise) const {
    napi_value value;
    double number;
    const bool there = napi_get_named_property(env, arguments[0], name, &value) == napi_ok &&
                       napi_get_value_double(env, value, &number) == napi_ok;
    return there ? number : otherwise;
  }

  bool Flag(const char* name) const {
    napi_value value;
    bool flag = false;
    if (napi_get_named_property(env, arguments[0], name, &value) == napi_ok) napi_get_value_bool(env, value, &flag);
    return flag;
  }

  std::string Text(const char* name) const {
    napi_value value;
    size_t octets = 0;
    if (napi_get_named_property(env, arguments[0], name, &value) != napi_ok ||
        napi_get_value_string_utf8(env, value, nullptr, 0, &octets) != napi_ok) {
      return "";
    }
    std::string text(octets + 1, 0);
    napi_get_value_string_utf8(env, value, text.data(), octets + 1, &octets);
    text.resize(octets);
    return text;
  }
};

const char* FailureCode(const OpenFailure& failure) {
  if (failure.status == pcap::kNoPermission || failure.status == pcap::kNoPromiscuous) return "permission";
  if (failure.status == pcap::kNoSuchDevice) return "no-device";
  if (failure.detail.rfind("filter: ", 0) == 0) return "filter";
  return "other";
}

napi_value Read(napi_env env, napi_callback_info info) {
  Call call(env, info);
  LivePort* port = call.Port();
  napi_typedarray_type type;
  size_t octets = 0;
  void* bytes = nullptr;
  const bool usable = napi_get_typedarray_info(env, call.arguments[0], &type, &octets, &bytes, nullptr, nullptr) == napi_ok &&
                      type == napi_uint8_array;
  return Number(env, port != nullptr && usable ? port->Take(static_cast<uint8_t*>(bytes), octets) : 0);
}

// Not known before the first opening, which a port that is down has yet before it.
napi_value Nanoseconds(napi_env env, napi_callback_info info) {
  Call call(env, info);
  LivePort* port = call.Port();
  return Boolean(env, port == nullptr || port->nanoseconds());
}

napi_value QuietUntil(napi_env env, napi_callback_info info) {
  Call call(env, info);
  LivePort* port = call.Port();
  return Number(env, port == nullptr ? 0 : static_cast<double>(port->QuietUntil() / 1'000'000));
}

napi_value Ended(napi_env env, napi_callback_info info) {
  Call call(env, info);
  LivePort* port = call.Port();
  return Boolean(env, port == nullptr || port->Ended());
}

napi_value Counters(napi_env env, napi_callback_info info) {
  Call call(env, info);
  LivePort* port = call.Port();
  const PortCounters counters = port == nullptr ? PortCounters{} : port->Counters();
  return Fields(env)
      .Set("received", static_cast<double>(counters.received))
      .Set("droppedByKernel", static_cast<double>(counters.droppedByKernel))
      .Set("droppedByInterface", static_cast<double>(counters.droppedByInterface))
      .Set("droppedByQueue", static_cast<double>(counters.droppedByQueue));
}

napi_value Events(napi_env env, napi_callback_info info) {
  Call call(env, info);
  LivePort* port = call.Port();
  napi_value list;
  napi_create_array(env, &list);
  uint32_t n = 0;
  for (const PortEvent& event : port == nullptr ? std::vector<PortEvent>() : port->TakeEvents()) {
    napi_set_element(env, list, n++, Fields(env).Set("timeMs", event.timeMs).Set("kind", event.kind).Set("detail", event.detail));
  }
  return list;
}

napi_value Stop(napi_env env, napi_callback_info info) {
  Call call(env, info);
  if (LivePort* port = call.Port()) port->Stop();
  return nullptr;
}

napi_value CloseIt(napi_env env, napi_callback_info info) {
  Call call(env, info);
  if (call.Port() != nullptr) call.open->Close();
  return nullptr;
}

void CallReady(napi_env env, napi_value callback, void* context, void*) {
  Open* open = static_cast<Open*>(context);
  if (env == nullptr || open->port == nullptr) return;
  open->port->Heard();
  napi_value self;
  napi_get_undefined(env, &self);
  napi_call_function(env, self, callback, 0, nullptr, nullptr);
}

// openPort(options, ready): the port, or { code, detail }.
napi_value OpenPort(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  std::string problem;
  const pcap::Library* library = pcap::Library::Get(problem);
  if (library == nullptr) return Fields(env).Set("code", std::string("no-library")).Set("detail", problem);
  PortOptions options;
  options.device = call.Text("device");
  options.filter = call.Text("filter");
  options.snapLength = static_cast<int>(call.Number("snapLength", options.snapLength));
  options.bufferOctets = static_cast<int>(call.Number("bufferOctets", options.bufferOctets));
  options.timeoutMs = static_cast<int>(call.Number("timeoutMs", options.timeoutMs));
  options.queueOctets = static_cast<size_t>(call.Number("queueOctets", static_cast<double>(options.queueOctets)));
  options.promiscuous = call.Flag("promiscuous");
  options.immediate = call.Flag("immediate");
  options.blocks = call.Flag("blocks");

  auto open = std::make_unique<Open>();
  open->port = std::make_unique<LivePort>(*library, options);
  if (napi_create_threadsafe_function(env, call.arguments[1], nullptr, Text(env, "lacpscope port"), 0, 1, nullptr, nullptr, open.get(),
                                      CallReady, &open->ready) != napi_ok) {
    napi_throw_error(env, nullptr, "the second argument is no function");
    return nullptr;
  }
  OpenFailure failure;
  const napi_threadsafe_function ready = open->ready;
  if (!open->port->Start([ready] { napi_call_threadsafe_function(ready, nullptr, napi_tsfn_nonblocking); }, failure)) {
    open->Close();
    open.release();  // the function above may still look at it: a few octets, once for each refusal
    return Fields(env).Set("code", std::string(FailureCode(failure))).Set("detail", failure.detail);
  }
  Fields object(env);
  object.Set("linkType", open->port->linkType())
      .Set("snapLength", open->port->snapLength())
      .SetFunction("nanoseconds", Nanoseconds)
      .SetFunction("read", Read)
      .SetFunction("ended", Ended)
      .SetFunction("quietUntil", QuietUntil)
      .SetFunction("counters", Counters)
      .SetFunction("events", Events)
      .SetFunction("stop", Stop)
      .SetFunction("close", CloseIt);
  const auto release = [](napi_env e, void* data, void*) {
    Open* mine = static_cast<Open*>(data);
    napi_remove_env_cleanup_hook(e, Open::AtExit, mine);
    mine->Close();
    delete mine;
  };
  napi_wrap(env, object, open.get(), release, nullptr, nullptr);
  napi_add_env_cleanup_hook(env, Open::AtExit, open.get());
  open.release();
  return object;
}

// library(): { version } or { problem }.
napi_value LibraryOf(napi_env env, napi_callback_info) {
  std::string problem;
  const pcap::Library* library = pcap::Library::Get(problem);
  if (library == nullptr) return Fields(env).Set("problem", problem);
  return Fields(env).Set("version", std::string(library->lib_version()));
}

// devices(): names, in the order of the system.
napi_value Devices(napi_env env, napi_callback_info) {
  napi_value list;
  napi_create_array(env, &list);
  std::string problem;
  const pcap::Library* library = pcap::Library::Get(problem);
  char detail[pcap::kErrorText];
  pcap::Device* first = nullptr;
  if (library == nullptr || library->findalldevs(&first, detail) != 0) return list;
  uint32_t n = 0;
  for (const pcap::Device* device = first; device != nullptr; device = device->next) {
    napi_set_element(env, list, n++, Text(env, device->name));
  }
  library->freealldevs(first);
  return list;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int32_t node_api_module_get_api_version_v1() { return 8; }

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value) {
  return Fields(env).SetFunction("library", LibraryOf).SetFunction("devices", Devices).SetFunction("openPort", OpenPort);
}
