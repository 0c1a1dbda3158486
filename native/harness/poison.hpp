// Bytes that must not be read, where a sanitizer looks; nothing elsewhere.
#pragma once

#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>

// Nothing is ever given back, so there are no leaks; and looking for them needs rights that not every machine gives.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#else
#define ASAN_POISON_MEMORY_REGION(at, octets) ((void)(at), (void)(octets))
#define ASAN_UNPOISON_MEMORY_REGION(at, octets) ((void)(at), (void)(octets))
#endif
