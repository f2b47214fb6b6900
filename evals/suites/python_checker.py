# Tests a Python program that nobody trusts, and says so with a secret. The program runs in a second process
# (python_runner.py); this one has the tests and calls the program's functions over two pipes. The verdict is
# one line on standard output: the secret, a word, and what happened. The secret comes with the tests on
# standard input, is nowhere on disk or on a command line, and nobody may look into this process, so that the
# program cannot say that it passed: not by exiting, not by printing, not by changing what this process does.
import ast
import builtins
import ctypes
import os
import random
import subprocess
import sys

MOST_BYTES = 1 << 26  # of one reply


class Ended(Exception):
    """The program under test is gone."""


class Foreign(Exception):
    """An exception of the program's that is none of Python's own."""


class Program:
    """The process with the program under test."""

    def __init__(self, runner, source):
        to_runner, self.requests = os.pipe()
        self.replies, from_runner = os.pipe()
        arguments = [sys.executable, "-s", "-B", "-c", runner, str(to_runner), str(from_runner)]
        # Its output goes to standard error, where it is measured, and where no verdict is looked for.
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=2, stderr=2, pass_fds=(to_runner, from_runner)
        )
        os.close(to_runner)
        os.close(from_runner)
        self.requests, self.replies = os.fdopen(self.requests, "wb"), os.fdopen(self.replies, "rb")
        self.names = self.ask(source)["names"]

    def ask(self, message):
        try:
            send(self.requests, message)
        except OSError:
            raise Ended(self.end()) from None
        line = self.replies.readline(MOST_BYTES)
        if not line.endswith(b"\n"):
            raise Ended(self.end())
        reply = json.loads(line)
        if "error" in reply:
            raise self.error(*reply["error"])
        return reply

    def end(self):
        try:
            code = self.process.wait(1)
        except subprocess.TimeoutExpired:
            return "the program closed the connection to its tests"
        return f"signal {-code} ended the program" if code < 0 else f"the program ended with status {code}"

    @staticmethod
    def error(name, message):
        kind = getattr(builtins, str(name), None)
        known = isinstance(kind, type) and issubclass(kind, Exception)
        try:
            error = kind(message) if known else Foreign(f"{name}: {message}")
        except Exception:  # some want more arguments
            error = Foreign(f"{name}: {message}")
        error.of_program = f"{name}: {message}"
        return error

    def call(self, on, args, kwargs):
        reply = self.ask({"do": "call", "on": on, "args": pack(list(args)), "kwargs": pack(kwargs)})
        for mine, theirs in zip(args, decode(reply.get("args", []), self.thing)):
            update(mine, theirs)
        return decode(reply["value"], self.thing)

    def thing(self, number, kind):
        return Thing(self, int(number), str(kind))


class Thing:
    """An object that stays with the program: it can be given back, called, and its attributes read and set.
    It equals itself alone."""

    def __init__(self, program, number, kind):
        self.__dict__.update(_program=program, _number=number, _kind=kind)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        reply = self._program.ask({"do": "get", "on": self._number, "name": name})
        return decode(reply["value"], self._program.thing)

    def __setattr__(self, name, value):
        self._program.ask({"do": "set", "on": self._number, "name": name, "value": pack(value)})

    def __call__(self, *args, **kwargs):
        return self._program.call(self._number, args, kwargs)

    def __repr__(self):
        return f"<{self._kind} of the program>"


def pack(value):
    if isinstance(value, Thing):
        return {"object": [value._number, ""]}
    if type(value) is list:
        return [pack(item) for item in value]
    if type(value) is dict:
        return {"dict": [[pack(key), pack(item)] for key, item in value.items()]}
    return encode(value)


def update(mine, theirs):
    """What the program did to a list or such that it was given."""
    if isinstance(mine, (list, bytearray)):
        mine[:] = theirs
    elif isinstance(mine, (dict, set)) and type(mine) is type(theirs):
        mine.clear()
        mine.update(theirs)


def function(program, name):
    def call(*args, **kwargs):
        return program.call(name, args, kwargs)

    call.__name__ = name
    return call


def globals_for(job, program):
    """What the tests see: the program's functions, and, where the task has helpers, the task's own."""
    names = {"__name__": "tests", "row": job["row"]}
    tree = ast.parse(job["reference"])
    if job["entry"]:
        own = {"__name__": "reference"}  # which calls itself, and not the program
        exec(compile(tree, "reference.py", "exec"), own)
        names |= {name: value for name, value in own.items() if not name.startswith("__")}
        names["reference"] = own[job["entry"]]
        wanted = {job["entry"]}
    else:
        used = {node.id for node in ast.walk(ast.parse(job["tests"])) if isinstance(node, ast.Name)}
        defined = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        wanted = used & defined
    for name in wanted:
        if name not in program.names:
            error = NameError(f"there is no {name}")
            error.of_program = f"NameError: the answer does not define {name}"
            raise error
        names[name] = function(program, name)
    return names


def run(job):
    program = Program(job["runner"], job["program"])
    names = globals_for(job, program)
    candidate = names.get(job["entry"])  # which may itself be called check
    random.seed(0)
    exec(compile(job["tests"], "tests.py", "exec"), names)
    if job["call_check"]:
        names["check"](candidate)


def verdict(job):
    try:
        compile(job["tests"], "tests.py", "exec")
        compile(job["reference"], "reference.py", "exec")
    except SyntaxError as error:
        return "broken", f"the task's own code does not parse: {error}"
    try:
        run(job)
        return "pass", ""
    except Ended as error:
        return "runtime", str(error)
    except AssertionError as error:
        if not hasattr(error, "of_program"):
            return "wrong", str(error)[:500]
        return "runtime", error.of_program
    except BaseException as error:
        message = getattr(error, "of_program", None)
        if message is None:  # the tests stumbled over a value, which is as wrong as any other
            return "wrong", f"{type(error).__name__}: {error}"[:500]
        if isinstance(error, SyntaxError):
            return "syntax", message
        return ("memory" if isinstance(error, MemoryError) else "runtime"), message


def main():
    if ctypes.CDLL(None).prctl(4, 0, 0, 0, 0) != 0:  # PR_SET_DUMPABLE: /proc/PID/mem and such are closed
        sys.exit("the checker cannot protect itself")
    job = json.loads(sys.stdin.buffer.read())
    word, message = verdict(job)
    sys.stdout.write(f"{job['secret']} {word} {json.dumps(message)}\n")
    sys.stdout.flush()
    os._exit(0)


main()
