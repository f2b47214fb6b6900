#!/usr/bin/env python3
"""Writes the golden logits that our Transformer is compared with: Hugging Face transformers, float32.

    make_logits_golden.py code MODEL.gguf --corpus DIR --out FILE [--windows 12] [--length 176]
    make_logits_golden.py random MODEL --out FILE [--config config.json] [--windows 3] [--length 40]
    make_logits_golden.py perplexity MODEL.gguf... --corpus DIR --out FILE.json [--bytes 100000] [--length 1024]

`code` takes windows of real code: the first files of the corpus's "valid" split. `random` takes seeded
random ids and keeps float32 logits, for tiny models; --config replaces the model's config.json.
`perplexity` takes other files of the same split, which no other check uses. Every window starts with
an empty context. Only ids are stored, no text.

The corpus is a folder of LANGUAGE.jsonl.gz files with the fields split, path and code in each line.

Format of FILE (little endian), read by evals/bench/golden_logits.cpp:
    char[8]  "ESPLOGIT"
    u32      version (1), vocab_size V, windows W, positions P, top T, samples S, value_bytes B (2 or 4)
    u64      bytes of the weights file (so that a reader can tell another file of the same name)
    u32[W]   length of each window; their sum is P
    i32[P]   token ids, window after window
    P times: f32 log-sum-exp of the logits
             f32 negative log-likelihood of the next token of the window (0 at a window's end)
             i32[T] ids of the largest logits, in descending order of logit
             fB[T]  their logits
             fB[S]  logits of sampled ids: id j itself when S == V, else splitmix64(position * S + j) mod V
The samples differ from position to position, so that a file covers most rows of the output matrix.

Format of FILE.json: {"window_tokens", "text_bytes", "windows": [[ids]], "models": {file name:
{"bytes", "nll": [sum over the window's positions 1.. of -log p, in nats]}}}.
"""
import argparse
import json
import os
import pathlib
import struct

import numpy as np

from code_windows import code_windows, load_tokenizer, read_files
from hf_reference import load_reference, window_logits

VERSION = 1
MASK = (1 << 64) - 1
FILES_FOR_LOGITS = 4  # files of each language that `code` may draw from


def splitmix64(x):
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def sample_ids(position, samples, vocab):
    if samples == vocab:
        return np.arange(vocab)
    return np.array([splitmix64(position * samples + j) % vocab for j in range(samples)])


def log_sum_exp(row):
    wide = row.astype(np.float64)
    peak = wide.max()
    return peak + np.log(np.exp(wide - peak).sum())


def weight_bytes(model):
    model = pathlib.Path(model)
    files = model.glob("*.safetensors") if model.is_dir() else [model]
    return sum(os.path.getsize(file) for file in files)


def position_record(row, next_token, ids, top, dtype):
    lse = log_sum_exp(row)
    nll = lse - float(row[next_token]) if next_token is not None else 0.0
    best = np.argpartition(-row, top)[:top]
    best = best[np.lexsort((best, -row[best]))]
    return (struct.pack("<ff", lse, nll) + best.astype("<i4").tobytes() + row[best].astype(dtype).tobytes()
            + row[ids].astype(dtype).tobytes())


def write_logits(args, model, windows, samples, value_bytes):
    vocab = model.config.vocab_size
    samples = samples or vocab
    positions = sum(map(len, windows))
    with open(args.out, "wb") as file:
        file.write(b"ESPLOGIT" + struct.pack("<7I", VERSION, vocab, len(windows), positions, args.top, samples,
                                             value_bytes))
        file.write(struct.pack("<Q", weight_bytes(args.model)))
        file.write(struct.pack(f"<{len(windows)}I", *map(len, windows)))
        for tokens in windows:
            file.write(np.array(tokens, dtype="<i4").tobytes())
        base = 0
        for tokens in windows:
            for start, logits in window_logits(model, tokens):
                for offset, row in enumerate(logits):
                    at = start + offset
                    next_token = tokens[at + 1] if at + 1 < len(tokens) else None
                    ids = sample_ids(base + at, samples, vocab)
                    file.write(position_record(row, next_token, ids, args.top, f"<f{value_bytes}"))
            base += len(tokens)
            print(f"{args.out}: {base} of {positions} positions", flush=True)


def run_code(args):
    files = {language: texts[:FILES_FOR_LOGITS] for language, texts in read_files(args.corpus, "valid").items()}
    windows = code_windows(load_tokenizer(args.model), files, args.length, args.windows)
    write_logits(args, load_reference(args.model), windows, samples=args.samples, value_bytes=2)


def run_random(args):
    model = load_reference(args.model, args.config)
    generator = np.random.default_rng(args.seed)
    windows = [generator.integers(0, model.config.vocab_size, args.length).tolist() for _ in range(args.windows)]
    write_logits(args, model, windows, samples=args.samples, value_bytes=4)


def window_nll(model, tokens):
    total = 0.0
    for start, logits in window_logits(model, tokens):
        for offset, row in enumerate(logits):
            if start + offset + 1 < len(tokens):
                total += log_sum_exp(row) - float(row[tokens[start + offset + 1]])
    return total


def held_aside(files, limit):
    """Files of the languages in turn, from the end that `code` does not use, until `limit` bytes."""
    taken, size = [], 0
    queues = [list(texts[FILES_FOR_LOGITS:]) for texts in files.values()]
    while size < limit and any(queues):
        for queue in queues:
            if queue and size < limit:
                taken.append(queue.pop()[: limit - size])
                size += len(taken[-1].encode())
    return taken


def run_perplexity(args):
    tokenizer = load_tokenizer(args.models[0])
    texts = held_aside(read_files(args.corpus, "valid"), args.bytes)
    ids = [token for text in texts for token in tokenizer(text)["input_ids"]]
    windows = [ids[i:i + args.length] for i in range(0, len(ids), args.length)]
    windows = [window for window in windows if len(window) > 1]
    text_bytes = sum(len(text.encode()) for text in texts)
    golden = {"window_tokens": args.length, "text_bytes": text_bytes, "windows": windows, "models": {}}
    for path in args.models:
        model, nll = load_reference(path), []
        for window in windows:
            nll.append(round(window_nll(model, window), 4))
            print(f"{path}: {len(nll)} of {len(windows)} windows, nll {nll[-1]:.1f}", flush=True)
        golden["models"][pathlib.Path(path).name] = {"bytes": weight_bytes(path), "nll": nll}
        del model
    pathlib.Path(args.out).write_text(json.dumps(golden, separators=(",", ":")) + "\n", encoding="utf-8")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    code = commands.add_parser("code")
    code.add_argument("--corpus", required=True)
    code.set_defaults(run=run_code, windows=12, length=176, samples=48)
    rand = commands.add_parser("random")
    rand.add_argument("--config")
    rand.add_argument("--seed", type=int, default=1)
    rand.set_defaults(run=run_random, windows=3, length=40, samples=128)
    for command in (code, rand):
        command.add_argument("model")
        command.add_argument("--windows", type=int)
        command.add_argument("--length", type=int)
        command.add_argument("--samples", type=int, help="logits kept besides the top; 0 = all")
        command.add_argument("--top", type=int, default=8)
    perplexity = commands.add_parser("perplexity")
    perplexity.add_argument("models", nargs="+")
    perplexity.add_argument("--corpus", required=True)
    perplexity.add_argument("--bytes", type=int, default=100_000)
    perplexity.add_argument("--length", type=int, default=1024)
    perplexity.set_defaults(run=run_perplexity)
    for command in (code, rand, perplexity):
        command.add_argument("--out", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    arguments = parse_arguments()
    arguments.run(arguments)
