// A condition that must hold whatever the input: where it does not, the process ends as it would at a bad access.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                             \
  do {                                                                               \
    if (!(condition)) {                                                              \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                                       \
    }                                                                                \
  } while (0)

// A fuzzer need not learn how results are added up.
#define UNCOVERED __attribute__((no_sanitize("coverage")))
