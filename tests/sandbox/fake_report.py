# Tries to speak for the sandbox, to stop its process, and to outlive it.
import ctypes
import os
import resource
import signal
import struct

problems = []
for fd in range(3, 64):
    try:
        os.write(fd, b"S" + struct.pack("<Q", 0) * 16)
        problems.append(f"descriptor {fd}")
    except OSError:
        pass
for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGCHLD):
    try:
        os.kill(os.getppid(), number)
    except OSError:
        pass
for fd in range(3, 10):
    try:
        os.open(f"/proc/{os.getppid()}/fd/{fd}", os.O_WRONLY)
        problems.append(f"the report {fd}")
    except OSError:
        pass


def attempt(what, call):
    try:
        call()
        problems.append(what)
    except OSError:
        pass


attempt("its time", lambda: resource.prlimit(1, resource.RLIMIT_CPU, (0, 0)))
attempt("its files", lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0)))
attempt("its priority", lambda: os.setpriority(os.PRIO_PROCESS, 1, 19))
attempt("everybody's priority", lambda: os.setpriority(os.PRIO_USER, os.getuid(), 19))
attempt("its scheduler", lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)))
attempt("its processors", lambda: os.sched_setaffinity(1, {0}))
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(203, ctypes.c_uint64(1 << 32 | 1), 8, b"\1" + bytes(7)) == 0 and os.uname().machine == "x86_64":
    problems.append("its processors, with bits that do not count")
print("contained" if not problems else f"ESCAPED: {problems}")
raise SystemExit(7)
