// The engine as a Node addon: the functions and the memory that the wasm module has, so that the same TypeScript drives
// either. Without the sandbox: a mistake in here can read or write anything the process can.
#include <node_api.h>
#include <sys/mman.h>

#include <new>

#include "../engine/surface.hpp"

namespace {

// All areas of one engine behind each other, at most what 32 bits can name; places in it are offsets, as in wasm.
class Mapping {
 public:
  static Mapping* current;  // whose engine is being laid out

  Mapping() {
    void* mapped = mmap(nullptr, kMost, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    start_ = mapped == MAP_FAILED ? nullptr : static_cast<u8*>(mapped);
  }
  Mapping(const Mapping&) = delete;
  ~Mapping() {
    if (start_ != nullptr) munmap(start_, kMost);
  }

  u8* Reserve(u64 bytes) {
    const u64 at = used_;
    if (start_ == nullptr || bytes > kMost - at) return nullptr;
    used_ = (at + bytes + 127) & ~127ull;
    return start_ + at;
  }

  u8* start() const { return start_; }
  u64 used() const { return used_; }

 private:
  static constexpr u64 kMost = 0xffff0000ull;
  u8* start_;
  u64 used_ = 128;  // no area is at 0
};

Mapping* Mapping::current = nullptr;

// Lives as long as the object that JavaScript calls. The engine is in its own mapping (its keys are an area too), which lives
// as long as any view of it; the object holds one.
struct Instance {
  Engine* engine = nullptr;  // null until Init succeeded
  Joins* joins = nullptr;
  const u8* memory = nullptr;
};

constexpr size_t kMostArguments = 4;

struct Call {
  napi_env env;
  napi_value self;
  napi_value arguments[kMostArguments];
  Instance* instance = nullptr;

  Call(napi_env e, napi_callback_info info) : env(e) {
    size_t count = kMostArguments;
    napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
    void* wrapped = nullptr;
    if (napi_unwrap(env, self, &wrapped) == napi_ok) instance = static_cast<Instance*>(wrapped);
  }

  // An engine that was not laid out has nothing to work on.
  bool Ready() const {
    if (instance != nullptr && instance->engine != nullptr) return true;
    napi_throw_error(env, nullptr, "the engine was not initialised");
    return false;
  }

  u32 Word(size_t i) const {
    u32 word = 0;
    napi_get_value_uint32(env, arguments[i], &word);
    return word;
  }

  napi_value Number(double number) const {
    napi_value value;
    napi_create_double(env, number, &value);
    return value;
  }
};

napi_value Init(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.instance == nullptr || call.instance->engine != nullptr) return call.Number(0);
  Mapping* mapping = new Mapping;
  Mapping::current = mapping;
  u8* place = mapping->Reserve(sizeof(Engine));
  Engine* engine = place == nullptr ? nullptr : new (place) Engine;
  u8* beside = mapping->Reserve(sizeof(Joins));
  Joins* joins = beside == nullptr ? nullptr : new (beside) Joins;
  napi_value buffer, memory;
  const auto release = [](napi_env, void*, void* hint) { delete static_cast<Mapping*>(hint); };
  if (joins == nullptr || !engine->Init(call.Word(0), call.Word(1), call.Word(2), call.Word(3)) || !joins->Init(*engine) ||
      napi_create_external_arraybuffer(env, mapping->start(), mapping->used(), release, mapping, &buffer) != napi_ok) {
    delete mapping;
    return call.Number(0);
  }
  napi_create_object(env, &memory);
  napi_set_named_property(env, memory, "buffer", buffer);
  napi_set_named_property(env, call.self, "memory", memory);
  call.instance->engine = engine;
  call.instance->joins = joins;
  call.instance->memory = mapping->start();
  return call.Number(1);
}

napi_value Run(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return call.Ready() ? call.Number(call.instance->engine->Run()) : nullptr;
}

napi_value Finish(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.Ready()) call.instance->engine->Finish();
  return nullptr;
}

napi_value ClearControl(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.Ready()) call.instance->engine->control.used = 0;
  return nullptr;
}

napi_value SetSkew(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  uint64_t ns = 0;
  bool lossless;
  napi_get_value_bigint_uint64(env, call.arguments[0], &ns, &lossless);
  if (call.Ready()) call.instance->engine->movers.twoSkew = 2 * ns;
  return nullptr;
}

napi_value SetLocal(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.Ready()) surface::SetLocal(*call.instance->engine, call.Word(0), call.Word(1));
  return nullptr;
}

napi_value SetPorts(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.Ready()) surface::SetPorts(*call.instance->engine, call.Word(0));
  return nullptr;
}

napi_value SetScheduling(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.Ready()) surface::SetScheduling(*call.instance->engine, call.Word(0), call.Word(1), call.Word(2));
  return nullptr;
}

napi_value Promise(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  uint64_t time = 0;
  bool lossless;
  napi_get_value_bigint_uint64(env, call.arguments[1], &time, &lossless);
  if (call.Ready()) call.instance->engine->Promise(call.Word(0), time);
  return nullptr;
}

napi_value LoadTotals(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.Ready()) call.instance->engine->load.Total();
  return nullptr;
}

napi_value AnswerTo(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return call.Ready() ? call.Number(call.instance->engine->AnswerTo(call.Word(0))) : nullptr;
}

napi_value DropIdle(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  uint64_t before = 0;
  bool lossless;
  napi_get_value_bigint_uint64(env, call.arguments[0], &before, &lossless);
  return call.Ready() ? call.Number(surface::DropIdle(*call.instance->engine, *call.instance->joins, before)) : nullptr;
}

napi_value JoinGroups(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return call.Ready() ? call.Number(call.instance->joins->Group(call.Word(0))) : nullptr;
}

napi_value JoinLabel(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.Ready()) call.instance->joins->Label(Min(call.Word(0), kLabels));
  return nullptr;
}

napi_value JoinPairsOf(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.Ready()) call.instance->joins->pairs.Find(call.Word(0));
  return nullptr;
}

napi_value JoinConnections(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.Ready()) call.instance->joins->Connections();
  return nullptr;
}

napi_value JoinSurvey(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.Ready()) call.instance->joins->survey.Take();
  return nullptr;
}

napi_value JoinMark(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.Ready()) surface::Mark(*call.instance->joins, call.Word(0), call.Word(1));
  return nullptr;
}

napi_value JoinTally(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (call.Ready()) call.instance->joins->Tally();
  return nullptr;
}

napi_value JoinFirst(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return call.Ready() ? call.Number(surface::First(*call.instance->joins, call.Word(0), call.Word(1), call.Word(2))) : nullptr;
}

napi_value Area(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (!call.Ready()) return nullptr;
  const void* area = surface::Area(*call.instance->engine, *call.instance->joins, call.Word(0));
  if (area == nullptr) return call.Number(0);
  return call.Number(static_cast<double>(static_cast<const u8*>(area) - call.instance->memory));
}

napi_value Count(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (!call.Ready()) return nullptr;
  napi_value value;
  // Signed, as a wasm module gives 64 bits.
  napi_create_bigint_int64(env, static_cast<int64_t>(surface::Count(*call.instance->engine, call.Word(0))), &value);
  return value;
}

napi_value Instantiate(napi_env env, napi_callback_info) {
  const napi_property_descriptor functions[] = {
      {"init", nullptr, Init, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"run", nullptr, Run, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"finish", nullptr, Finish, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"clear_control", nullptr, ClearControl, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"set_skew", nullptr, SetSkew, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"set_local", nullptr, SetLocal, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"set_ports", nullptr, SetPorts, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"set_scheduling", nullptr, SetScheduling, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"promise", nullptr, Promise, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"load_totals", nullptr, LoadTotals, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"answer_to", nullptr, AnswerTo, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"drop_idle", nullptr, DropIdle, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"join_groups", nullptr, JoinGroups, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"join_label", nullptr, JoinLabel, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"join_pairs", nullptr, JoinPairsOf, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"join_survey", nullptr, JoinSurvey, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"join_mark", nullptr, JoinMark, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"join_tally", nullptr, JoinTally, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"join_first", nullptr, JoinFirst, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"join_connections", nullptr, JoinConnections, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"area", nullptr, Area, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"count", nullptr, Count, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_value exports;
  napi_create_object(env, &exports);
  napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
  const auto release = [](napi_env, void* instance, void*) { delete static_cast<Instance*>(instance); };
  if (napi_wrap(env, exports, new Instance(), release, nullptr, nullptr) != napi_ok) return nullptr;
  return exports;
}

}  // namespace

u8* ReserveBytes(u64 bytes) { return Mapping::current->Reserve(bytes); }

NAPI_MODULE_INIT() {
  napi_value instantiate;
  napi_create_function(env, "instantiate", NAPI_AUTO_LENGTH, Instantiate, nullptr, &instantiate);
  napi_set_named_property(env, exports, "instantiate", instantiate);
  return exports;
}
