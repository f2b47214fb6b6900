"""Windows of token ids out of a corpus of code: JSON lines (gzip) with the fields language, split, path, code."""
import gzip
import json
import pathlib
import random

from transformers import AutoTokenizer


def load_tokenizer(model):
    model = pathlib.Path(model)
    if model.is_dir():
        return AutoTokenizer.from_pretrained(model)
    return AutoTokenizer.from_pretrained(model.parent, gguf_file=model.name)


def read_files(corpus, split):
    """Texts of one split by language, in an order that does not depend on the corpus file."""
    files = {}
    for path in sorted(pathlib.Path(corpus).glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows = [row for row in map(json.loads, lines) if row["split"] == split]
        rows.sort(key=lambda row: row["path"])
        random.Random(1).shuffle(rows)
        files[path.name.split(".")[0]] = [row["code"] for row in rows]
    return files


def code_windows(tokenizer, files, window, count):
    """`count` windows of `window` ids, taken from the languages in turn; files of a language follow each other."""
    streams = {}
    for language, texts in files.items():
        ids = []
        for text in texts:
            if len(ids) >= window * (count // len(files) + 1):
                break
            ids += tokenizer(text)["input_ids"]
        streams[language] = ids
    windows = []
    while len(windows) < count and any(len(ids) >= window for ids in streams.values()):
        for ids in streams.values():
            if len(ids) >= window and len(windows) < count:
                windows.append(ids[:window])
                del ids[:window]
    return windows
