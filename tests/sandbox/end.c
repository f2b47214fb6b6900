// Ends as it is told: "exit N" or "signal N".
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
  const int number = argc > 2 ? atoi(argv[2]) : 0;
  if (argc > 1 && strcmp(argv[1], "signal") == 0) {
    signal(number, SIG_DFL);
    kill(getpid(), number);
    pause();
  }
  return number;
}
