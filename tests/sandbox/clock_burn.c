// Burns processor time, alone or in as many processes as the argument says.
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  for (int i = argc > 1 ? atoi(argv[1]) : 1; i > 1; --i) {
    if (fork() == 0) break;
  }
  for (volatile unsigned long n = 0;; ++n) {
  }
}
