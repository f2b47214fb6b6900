// Uses memory without an end: alone ("one"), in many small processes ("tree"), or in files of memory that no
// process maps ("hidden").
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char *volatile kept;  // or the compiler sees that nobody needs it

static void Eat(size_t bytes) {
  char *memory = malloc(bytes);
  if (memory != NULL) memset(memory, 1, bytes);
  kept = memory;
}

static int Hidden(void) {
  static char block[1 << 20];
  const int fd = memfd_create("hidden", 0);
  if (fd < 0) {
    puts("contained");
    return 0;
  }
  for (;;) {
    if (write(fd, block, sizeof(block)) < 0) break;
  }
  puts("ESCAPED: a file of memory");
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "hidden") == 0) return Hidden();
  if (argc > 1 && strcmp(argv[1], "tree") == 0) {
    for (int i = 0; i < 30; ++i) {
      if (fork() != 0) continue;
      Eat(20 << 20);
      pause();
    }
    pause();
  }
  for (;;) Eat(1 << 20);
}
