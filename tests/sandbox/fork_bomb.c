// Starts processes until the system says no ("count"), or without an end ("forever").
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
  const int forever = argc > 1 && strcmp(argv[1], "forever") == 0;
  int started = 0;
  for (;;) {
    const pid_t pid = fork();
    if (forever) continue;  // parent and child alike
    if (pid == 0) {
      pause();
      _exit(0);
    }
    if (pid < 0) break;
    ++started;
    if (started > 10000) break;
  }
  printf("started %d\n", started);
  return 0;  // and leaves them behind
}
