# How the checker and the program under test exchange values: one line of JSON each way. Only values travel,
# never code, and what arrives is built from plain types alone, so that an object with an __eq__ of its own
# cannot say what it equals. Both sides run this text.
import collections
import decimal
import fractions
import json


def encode(value, keep=None):
    """`value` as JSON. `keep` takes in what has no plain form and gives back a number for it."""
    if value is None or value is True or value is False:
        return value
    if isinstance(value, int):
        value = int(value)
        return value if -(2**63) <= value < 2**63 else {"int": hex(value)}
    if isinstance(value, float):
        value = float(value)
        return value if value - value == 0 else {"float": repr(value)}
    if isinstance(value, str):
        return str.__str__(value)
    if type(value) is list or isinstance(value, list):
        return [encode(item, keep) for item in value]
    for tag, kind in PLAIN_SEQUENCES.items():
        if isinstance(value, kind):
            return {tag: [encode(item, keep) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[encode(key, keep), encode(item, keep)] for key, item in value.items()]}
    for tag, (kind, write, _) in WRITTEN.items():
        if isinstance(value, kind):
            return {tag: write(value)}
    if hasattr(value, "__next__"):
        return {"iterator": [encode(item, keep) for item, _ in zip(value, range(MOST_ITEMS))]}
    if keep is None:
        raise TypeError(f"a {type(value).__name__} cannot be given to the program")
    return {"object": [keep(value), type(value).__name__]}


def decode(value, find=None):
    """The value behind `value`. `find` makes an object of what `keep` had taken in."""
    if isinstance(value, list):
        return [decode(item, find) for item in value]
    if not isinstance(value, dict):
        return value
    ((tag, body),) = value.items()
    if tag in PLAIN_SEQUENCES:
        return PLAIN_SEQUENCES[tag](decode(item, find) for item in body)
    if tag == "dict":
        return {decode(key, find): decode(item, find) for key, item in body}
    if tag in WRITTEN:
        return WRITTEN[tag][2](body)
    if tag == "iterator":
        return iter([decode(item, find) for item in body])
    if tag == "object" and find is not None:
        return find(*body)
    raise ValueError(f"unknown form {tag!r}")


MOST_ITEMS = 100_000  # of an iterator, which may have no end
PLAIN_SEQUENCES = {"tuple": tuple, "set": set, "frozenset": frozenset, "deque": collections.deque}
WRITTEN = {
    "int": (int, hex, lambda text: int(text, 16)),
    "float": (float, repr, float),
    "complex": (complex, lambda c: [encode(c.real), encode(c.imag)], lambda c: complex(decode(c[0]), decode(c[1]))),
    "bytes": (bytes, bytes.hex, bytes.fromhex),
    "bytearray": (bytearray, bytearray.hex, bytearray.fromhex),
    "range": (range, lambda r: [encode(r.start), encode(r.stop), encode(r.step)], lambda r: range(*map(decode, r))),
    "decimal": (decimal.Decimal, str, decimal.Decimal),
    "fraction": (fractions.Fraction, str, fractions.Fraction),
}


def send(stream, message):
    stream.write(json.dumps(message).encode() + b"\n")
    stream.flush()
