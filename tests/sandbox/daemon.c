// Leaves a daemon behind that has cut every tie: its own session, no parent, deaf to signals, holding the output.
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
  int ready[2];
  if (pipe(ready) != 0) return 3;
  if (fork() == 0) {
    setsid();
    if (fork() != 0) _exit(0);
    for (int signal_number = 1; signal_number < 32; ++signal_number) signal(signal_number, SIG_IGN);
    if (write(ready[1], "x", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte;
  if (read(ready[0], &byte, 1) != 1) return 3;
  puts("left a daemon");
  return 0;
}
