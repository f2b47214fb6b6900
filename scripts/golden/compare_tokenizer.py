#!/usr/bin/env python3
"""Compares our token ids with those of the Hugging Face tokenizers library, text by text.

  python3 scripts/golden/compare_tokenizer.py --ids build/release/tokenizer_ids MODEL.gguf PATH...

PATH is a folder (searched for source files of eight languages), a source file, or a .jsonl.gz file of
objects with "code" or "prompt". Files that are not UTF-8 are left out. --max-files takes that many of each
language at most, spread evenly. --random N adds N texts each of random Unicode, ASCII and special tokens,
--every-code-point each code point in several surroundings; with it the words of the pre-tokenizer are
compared, not only the ids.
Exit status 1 when anything differs.
"""
import argparse
import collections
import gzip
import json
import pathlib
import random
import subprocess
import sys

import numpy as np
from hf_tokenizer import CONTROL, SPLITTERS, USER_DEFINED, Vocabulary, make_tokenizer, splitter
from make_tokenizer_golden import random_ascii, random_unicode

LANGUAGES = {
    "python": [".py"], "c": [".c", ".h"], "cpp": [".cc", ".cpp", ".cxx", ".hpp", ".hh"], "java": [".java"],
    "javascript": [".js", ".mjs", ".cjs", ".jsx"], "typescript": [".ts", ".tsx"], "go": [".go"], "rust": [".rs"],
}
LANGUAGE_OF = {suffix: language for language, suffixes in LANGUAGES.items() for suffix in suffixes}
MAX_BYTES = 400_000
BATCH = 500


def source_files(paths):
    """Files by language, each once."""
    found = collections.defaultdict(dict)
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.suffix in LANGUAGE_OF and file.is_file() and 0 < file.stat().st_size <= MAX_BYTES:
                found[LANGUAGE_OF[file.suffix]][file.resolve()] = None
    return {language: list(files) for language, files in found.items()}


def spread(items, count):
    return items if len(items) <= count else [items[i * len(items) // count] for i in range(count)]


def jsonl_texts(path):
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            row = json.loads(line)
            yield f"{path}:{number + 1}", row.get("code") or row.get("prompt") or ""


def random_special(rng, names):
    """Texts of special tokens, whole and cut, side by side and in text."""
    parts = []
    for _ in range(rng.randint(1, 30)):
        name = rng.choice(names)
        parts.append(rng.choice([name, name, name[:rng.randint(0, len(name))], name[rng.randint(0, len(name)):],
                                 " ", "\n", "a ", "<", "|>", "  x", "1", "\u00e9"]))
    return "".join(parts)


def gather(arguments, vocabulary):
    """Texts by group: [(name, text)]."""
    groups = collections.defaultdict(list)
    jsonl = [path for path in arguments.paths if path.name.endswith(".jsonl.gz")]
    for language, files in source_files([p for p in arguments.paths if p not in jsonl]).items():
        for file in spread(files, arguments.max_files):
            try:
                groups[language].append((str(file), file.read_bytes().decode("utf-8")))
            except UnicodeDecodeError:
                pass
    for path in jsonl:
        groups[path.name.split(".")[0] + " (data sets)"] += jsonl_texts(path)
    rng = random.Random(99)
    special = [text for text, kind in zip(vocabulary.tokens, vocabulary.types) if kind in (CONTROL, USER_DEFINED)]
    for i in range(arguments.random):
        groups["random Unicode"].append((f"unicode {i}", random_unicode(rng, rng.randint(1, 400))))
        groups["random ASCII"].append((f"ascii {i}", random_ascii(rng, rng.randint(1, 400))))
        groups["random special texts"].append((f"special {i}", random_special(rng, special)))
    if arguments.every_code_point:
        groups["every code point"] = list(code_point_texts())
    return groups


def code_point_texts():
    """Each code point between letters, digits, spaces, line ends and apostrophes; 64 to a text."""
    points = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    for begin in range(0, len(points), 64):
        chars = [chr(c) for c in points[begin:begin + 64]]
        text = "".join(f"a{c}b 1{c}2 {c}{c}  {c}\n{c}'{c} '{c}s.{c}, \n " for c in chars)
        yield f"U+{points[begin]:04X}..", text


def ask_ours(arguments, pre, mode, texts):
    packed = b"".join(len(data).to_bytes(4, "little") + data for data in (text.encode() for text in texts))
    run = subprocess.run([arguments.ids, arguments.model, pre, mode], input=packed, stdout=subprocess.PIPE, check=True)
    results, flat, i = [], np.frombuffer(run.stdout, "<i4"), 0
    while i < len(flat):
        results.append(flat[i + 1:i + 1 + flat[i]])
        i += 1 + flat[i]
    return results


def reference(tokenizer, pre, mode, texts):
    if mode == "words":
        cut = splitter(pre)
        # In the byte alphabet a word has as many characters as it has bytes.
        return [np.array([len(word) for word, _ in cut.pre_tokenize_str(text)], "<i4") for text in texts]
    return [np.array(encoding.ids, "<i4") for encoding in tokenizer.encode_batch_fast(texts)]


def compare(arguments, tokenizer, pre, mode, named_texts):
    """(texts, bytes, numbers compared, names of differing texts)"""
    size, numbers, differing = 0, 0, []
    for begin in range(0, len(named_texts), BATCH):
        names, texts = zip(*named_texts[begin:begin + BATCH])
        ours, theirs = ask_ours(arguments, pre, mode, texts), reference(tokenizer, pre, mode, texts)
        assert len(ours) == len(theirs)
        size += sum(len(text.encode()) for text in texts)
        numbers += sum(map(len, theirs))
        differing += [name for name, a, b in zip(names, ours, theirs) if not np.array_equal(a, b)]
    return len(named_texts), size, numbers, differing


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("paths", nargs="*", type=pathlib.Path)
    parser.add_argument("--ids", required=True, help="the program tokenizer_ids")
    parser.add_argument("--pre", action="append", choices=list(SPLITTERS),
                        help="a pre-tokenizer instead of the model's; may be repeated")
    parser.add_argument("--max-files", type=int, default=1 << 60, metavar="N")
    parser.add_argument("--random", type=int, default=0, metavar="N")
    parser.add_argument("--every-code-point", action="store_true")
    return parser.parse_intermixed_args()


def main():
    arguments = parse_arguments()
    vocabulary = Vocabulary(arguments.model)
    groups = gather(arguments, vocabulary)
    modes = ["ids", "special"] + (["words"] if arguments.every_code_point else [])
    failures = 0
    for pre in arguments.pre or [vocabulary.pre]:
        for mode in modes:
            tokenizer = make_tokenizer(vocabulary, pre, mode == "special")
            for group, named_texts in groups.items():
                count, size, numbers, differing = compare(arguments, tokenizer, pre, mode, named_texts)
                print(f"{pre:10} {mode:8} {group:28} {count:7} texts {size / 1e6:8.2f} MB {numbers:9} numbers "
                      f"{len(differing):5} differ", *differing[:3], flush=True)
                failures += len(differing)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
