# Runs in a process of its own with the program under test, which may do here what it likes: it knows its
# arguments, not the tests, not the values they expect and not the secret.
import __future__
import ast
import os
import sys
import types


def load(program):
    """Executes the program. Assertions at its top level are left out; calls and loops there (examples, most of
    the time, but also tables that are filled in) may fail, and an assignment that fails counts only once
    somebody needs its name."""
    module = types.ModuleType("answer")
    sys.modules["answer"] = module
    flags = 0
    for statement in ast.parse(program).body:
        if isinstance(statement, ast.Assert):
            continue
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            for alias in statement.names:
                flags |= getattr(__future__, alias.name).compiler_flag
        code = compile(ast.Module([statement], []), "answer.py", "exec", flags, True)
        try:
            exec(code, module.__dict__)
        except (Exception, SystemExit):
            if isinstance(statement, (ast.Expr, ast.For, ast.While, ast.With)):
                continue
            if not isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
                raise
    return module


def serve(module, requests, replies):
    kept = []

    def keep(value):
        kept.append(value)
        return len(kept) - 1

    def find(number, _):
        return kept[number]

    def target(name):
        return getattr(module, name) if isinstance(name, str) else kept[name]

    def answer(request):
        on = target(request["on"])
        if request["do"] == "get":
            return {"value": encode(getattr(on, request["name"]), keep)}
        if request["do"] == "set":
            setattr(on, request["name"], decode(request["value"], find))
            return {"value": None}
        args = decode(request["args"], find)
        reply = {"value": encode(on(*args, **decode(request["kwargs"], find)), keep)}
        after = encode(args, keep)
        return reply if after == request["args"] else {**reply, "args": after}

    for line in requests:
        try:
            reply = answer(json.loads(line))
        except BaseException as error:
            reply = {"error": [type(error).__name__, str(error)[:500]]}
        send(replies, reply)


def main():
    requests, replies = os.fdopen(int(sys.argv[1]), "rb"), os.fdopen(int(sys.argv[2]), "wb")
    try:
        module = load(json.loads(requests.readline()))
    except SyntaxError as error:
        send(replies, {"error": ["SyntaxError", f"line {error.lineno}: {error.msg}"]})
    except (RecursionError, ValueError, OverflowError) as error:  # text that no parser takes
        send(replies, {"error": ["SyntaxError" if isinstance(error, ValueError) else type(error).__name__, str(error)[:500]]})
    except BaseException as error:
        send(replies, {"error": [type(error).__name__, str(error)[:500]]})
    else:
        send(replies, {"names": list(module.__dict__)})
        serve(module, requests, replies)


main()
