// CUDA's small vectors, with its alignment.
#pragma once

#include <cstdint>

struct uint3 {
  unsigned x = 0, y = 0, z = 0;
};
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  constexpr dim3(unsigned width = 1, unsigned height = 1, unsigned depth = 1)
      : x(width), y(height), z(depth) {}
};
struct uchar2 {
  unsigned char x, y;
} __attribute__((aligned(2)));
struct char2 {
  signed char x, y;
} __attribute__((aligned(2)));
struct int2 {
  int x, y;
} __attribute__((aligned(8)));
struct uint2 {
  unsigned x, y;
} __attribute__((aligned(8)));
struct float2 {
  float x, y;
} __attribute__((aligned(8)));
struct int4 {
  int x, y, z, w;
} __attribute__((aligned(16)));
struct uint4 {
  unsigned x, y, z, w;
} __attribute__((aligned(16)));
struct float4 {
  float x, y, z, w;
} __attribute__((aligned(16)));
