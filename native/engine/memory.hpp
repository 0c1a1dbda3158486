// One linear memory, laid out once at start: areas are reserved at full size and cost nothing until touched, so nothing
// moves, nothing is copied to grow, and views of it stay valid.
#pragma once

#include "bytes.hpp"

// Zeroed bytes that live as long as the engine, or null. The harness provides it: wasm grows its memory, tests map pages.
u8* ReserveBytes(u64 bytes);

template <typename T>
bool Reserve(T*& area, u64 count) {
  area = reinterpret_cast<T*>(ReserveBytes(count * sizeof(T)));
  return area != nullptr;
}
