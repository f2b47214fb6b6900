// Writes to descriptor 1 or 2, whichever is named, for ever.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
  static char block[4096];
  memset(block, 'x', sizeof(block));
  const int fd = argc > 1 ? atoi(argv[1]) : 1;
  for (;;) {
    if (write(fd, block, sizeof(block)) < 0) return 3;
  }
}
