// System calls with which programs have broken out of sandboxes. Each must fail, and threads must work.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static int escaped = 0;

static void MustFail(const char *name, long result) {
  if (result < 0) return;
  printf("ESCAPED: %s\n", name);
  escaped = 1;
}

// fork-like calls return in the child too.
static void MustNotClone(const char *name, unsigned long flags) {
  const long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) _exit(0);
  MustFail(name, pid);
}

static void *Thread(void *argument) {
  *(int *)argument = 1;
  return NULL;
}

int main(void) {
  char zeros[256];
  memset(zeros, 0, sizeof(zeros));
  MustFail("ptrace", syscall(SYS_ptrace, 16 /* ATTACH */, 1, 0, 0));
  MustFail("ptrace traceme", syscall(SYS_ptrace, 0, 0, 0, 0));
  MustFail("process_vm_readv", syscall(SYS_process_vm_readv, getpid(), zeros, 0, zeros, 0, 0));
  MustFail("keyctl", syscall(SYS_keyctl, 0, -3, 0));
  MustFail("add_key", syscall(SYS_add_key, "user", "k", "v", 1, -3));
  MustFail("request_key", syscall(SYS_request_key, "user", "k", 0, -3));
  MustFail("io_uring_setup", syscall(SYS_io_uring_setup, 4, zeros));
  MustFail("bpf", syscall(SYS_bpf, 0, zeros, 72));
  MustFail("perf_event_open", syscall(SYS_perf_event_open, zeros, 0, -1, -1, 0));
  MustFail("userfaultfd", syscall(SYS_userfaultfd, 1));
  MustFail("kexec_load", syscall(SYS_kexec_load, 0, 0, 0, 0));
  MustFail("mount", mount("tmpfs", "/tmp", "tmpfs", 0, ""));
  MustFail("umount", umount2("/proc", MNT_DETACH));
  MustFail("remount", mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND, NULL));
  MustFail("open_tree", syscall(SYS_open_tree, -100, "/", 1));
  MustFail("chroot", chroot("/tmp"));
  MustFail("pivot_root", syscall(SYS_pivot_root, "/tmp", "/tmp"));
  MustFail("setns", syscall(SYS_setns, 0, 0));
  MustFail("unshare user", syscall(SYS_unshare, CLONE_NEWUSER));
  MustFail("unshare time", syscall(SYS_unshare, 0x80));
  MustNotClone("clone user", CLONE_NEWUSER);
  MustNotClone("clone pid", CLONE_NEWPID);
  MustNotClone("clone net", CLONE_NEWNET);
  struct clone_args arguments = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
  const long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
  if (pid == 0) _exit(0);
  MustFail("clone3", pid);
  MustFail("memfd_create", syscall(SYS_memfd_create, "m", 0));
  MustFail("shmget", syscall(SYS_shmget, 0, 4096, 01600));
  MustFail("pidfd_getfd", syscall(SYS_pidfd_getfd, 0, 0, 0));
  MustFail("open_by_handle_at", syscall(SYS_open_by_handle_at, 0, zeros, 0));
  MustFail("setuid", setuid(0));
  MustFail("mknod", mknod("device", S_IFBLK | 0600, makedev(254, 0)));
  MustFail("kill process 1", kill(1, SIGKILL) == 0 && getppid() != 1 ? 0 : -1);
  const struct rlimit more = {1 << 20, 1 << 20};
  MustFail("raise a limit", setrlimit(RLIMIT_NPROC, &more));
  MustFail("write to /usr", open("/usr/escaped", O_CREAT | O_WRONLY, 0644));
  MustFail("write to /etc", open("/etc/escaped", O_CREAT | O_WRONLY, 0644));
  MustFail("write to /", open("/escaped", O_CREAT | O_WRONLY, 0644));

  int ran = 0;
  pthread_t thread;
  if (pthread_create(&thread, NULL, Thread, &ran) != 0 || pthread_join(thread, NULL) != 0 || ran != 1)
    puts("threads do not work");
  else if (!escaped)
    puts("contained");
  return 0;
}
