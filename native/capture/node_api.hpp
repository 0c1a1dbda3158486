// What is used of Node-API, whose ABI is frozen: declared here, so that the addon is built by a compiler alone. Node.js ships
// node_api.h in some distributions only.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

using napi_env = struct napi_env__*;
using napi_value = struct napi_value__*;
using napi_callback_info = struct napi_callback_info__*;
using napi_ref = struct napi_ref__*;
using napi_threadsafe_function = struct napi_threadsafe_function__*;

enum napi_status { napi_ok };
enum napi_typedarray_type { napi_int8_array, napi_uint8_array };
enum napi_threadsafe_function_release_mode { napi_tsfn_release, napi_tsfn_abort };
enum napi_threadsafe_function_call_mode { napi_tsfn_nonblocking, napi_tsfn_blocking };

using napi_callback = napi_value (*)(napi_env, napi_callback_info);
using napi_finalize = void (*)(napi_env, void* data, void* hint);
using napi_threadsafe_function_call_js = void (*)(napi_env, napi_value callback, void* context, void* data);

napi_status napi_get_cb_info(napi_env, napi_callback_info, size_t* count, napi_value* arguments, napi_value* self, void** data);
napi_status napi_create_object(napi_env, napi_value*);
napi_status napi_create_array(napi_env, napi_value*);
napi_status napi_create_double(napi_env, double, napi_value*);
napi_status napi_create_string_utf8(napi_env, const char*, size_t, napi_value*);
napi_status napi_create_function(napi_env, const char* name, size_t, napi_callback, void* data, napi_value*);
napi_status napi_get_boolean(napi_env, bool, napi_value*);
napi_status napi_get_undefined(napi_env, napi_value*);
napi_status napi_get_named_property(napi_env, napi_value object, const char* name, napi_value*);
napi_status napi_set_named_property(napi_env, napi_value object, const char* name, napi_value);
napi_status napi_set_element(napi_env, napi_value array, uint32_t, napi_value);
napi_status napi_get_value_double(napi_env, napi_value, double*);
napi_status napi_get_value_bool(napi_env, napi_value, bool*);
napi_status napi_get_value_string_utf8(napi_env, napi_value, char*, size_t, size_t*);
napi_status napi_get_typedarray_info(napi_env, napi_value, napi_typedarray_type*, size_t*, void** data, napi_value*, size_t*);
napi_status napi_wrap(napi_env, napi_value object, void* native, napi_finalize, void* hint, napi_ref*);
napi_status napi_unwrap(napi_env, napi_value object, void** native);
napi_status napi_call_function(napi_env, napi_value self, napi_value function, size_t, const napi_value*, napi_value*);
napi_status napi_throw_error(napi_env, const char* code, const char* message);
napi_status napi_add_env_cleanup_hook(napi_env, void (*)(void*), void*);
napi_status napi_remove_env_cleanup_hook(napi_env, void (*)(void*), void*);
napi_status napi_create_threadsafe_function(napi_env, napi_value function, napi_value resource, napi_value name, size_t maxQueue,
                                            size_t threads, void* finalizeData, napi_finalize, void* context,
                                            napi_threadsafe_function_call_js, napi_threadsafe_function*);
napi_status napi_call_threadsafe_function(napi_threadsafe_function, void* data, napi_threadsafe_function_call_mode);
napi_status napi_release_threadsafe_function(napi_threadsafe_function, napi_threadsafe_function_release_mode);

}  // extern "C"

constexpr size_t kWholeText = SIZE_MAX;  // NAPI_AUTO_LENGTH
