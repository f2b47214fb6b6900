// Internal to adapters/: the resident Python that forks a child for each program. See Recipe::fork_server
// for what is expected of it, testgen/resident_pool.h for who asks.
#pragma once

#include <string_view>

namespace espalier {

inline constexpr std::string_view kPythonForkServer = R"py(
import atexit, ctypes, gc, os, resource, socket, sys, threading
import bisect, collections, copy, dataclasses, datetime, decimal, enum, fractions, functools, heapq, io
import itertools, json, math, operator, random, re, statistics, string, time, traceback, types, typing
from importlib.machinery import SourceFileLoader

SET_DUMPABLE = 4  # prctl(2)
libc = ctypes.CDLL(None)


def start_program(where, message, files, gate):
    """In the child, which goes on as `python3 main.py` would: what that has, and nothing of the server."""
    os.read(gate, 1)  # until the process between is gone
    os.close(gate)
    where.send(str(os.getpid()).encode())
    where.close()
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    seconds, folder, *arguments = [part.decode(errors="surrogateescape") for part in message.split(b"\0")]
    os.setsid()
    libc.prctl(SET_DUMPABLE, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 1))
    os.chdir(folder)
    sys.argv = arguments
    path = os.path.join(folder, arguments[0])
    sys.path[0] = os.path.dirname(path)
    program = types.ModuleType("__main__")
    program.__file__ = path
    program.__builtins__ = __builtins__
    program.__loader__ = SourceFileLoader("__main__", path)
    program.__cached__ = None
    sys.modules["__main__"] = program
    return path, program.__dict__


def serve(where):
    """Forks twice for each message, so that the program becomes a child of process 1. Returns in the program."""
    where.send(str(os.getpid()).encode())  # ready
    while True:
        message, files, _, _ = socket.recv_fds(where, 1 << 16, 3)
        if not message:
            os._exit(0)
        gate, opener = os.pipe()
        middle = os.fork()
        if middle == 0:
            if os.fork() != 0:
                os._exit(0)
            os.close(opener)
            return start_program(where, message, files, gate)
        for file in (*files, gate):
            os.close(file)
        os.waitpid(middle, 0)
        os.close(opener)


def status_of(request):
    """What `raise SystemExit(...)` means."""
    code = request.code
    if code is None or isinstance(code, int):
        return (code or 0) & 0xFF
    print(code, file=sys.stderr)
    return 1


def show(problem, place):
    sys.excepthook(type(problem), problem.with_traceback(place), place)


def run_program(path, names):
    """The exit status."""
    try:
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
    except Exception as problem:
        show(problem, None)
        return 1
    try:
        exec(code, names)
        return 0
    except SystemExit as request:
        return status_of(request)
    except BaseException as problem:
        show(problem, problem.__traceback__.tb_next)
        return 1


def flush():
    """Whether all that was written could be."""
    written = True
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except Exception:
            written = False
    return written


def leave(status, names):
    """As the interpreter ends, but without taking apart what it shares with the server, which costs most."""
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
    except BaseException as problem:
        show(problem, problem.__traceback__)
    written = flush()
    for private in (True, False):
        for name in [name for name in names if name.startswith("_") == private and name != "__builtins__"]:
            names[name] = None
    os._exit(status if flush() and written else status or 120)


libc.prctl(SET_DUMPABLE, 0, 0, 0, 0)  # programs are of the same user, and must not look into this process
gc.collect()
gc.freeze()
program_path, program_names = serve(socket.socket(fileno=3))
leave(run_program(program_path, program_names), program_names)
)py";

}  // namespace espalier
