// Does nothing, and does not want to be woken.
#include <signal.h>
#include <unistd.h>

int main(void) {
  for (int signal_number = 1; signal_number < 32; ++signal_number) signal(signal_number, SIG_IGN);
  for (;;) pause();
}
