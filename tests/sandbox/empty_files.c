// Makes empty files for ever: they take no room of a tmpfs, but memory of the kernel.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
  for (unsigned i = 0;; ++i) {
    char name[32];
    snprintf(name, sizeof(name), "f%u", i);
    close(open(name, O_CREAT | O_WRONLY, 0644));
  }
}
