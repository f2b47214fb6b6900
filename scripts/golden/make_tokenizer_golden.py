#!/usr/bin/env python3
"""Golden data of the tokenizer: tests/data/tokenizer/{texts,golden,corpora}.json.

  python3 scripts/golden/make_tokenizer_golden.py QWEN2.5-CODER.gguf [SHARED-DATA-FOLDER]

  texts.json    texts by name: real code in eight languages, white space, contractions, random Unicode
  golden.json   vocabulary -> pre-tokenizer -> text -> ids, or [count, hash] of the ids of a long text
  corpora.json  vocabulary -> file of SHARED-DATA-FOLDER -> [texts, ids, hash of all ids]

Vocabularies are the model given and the tiny ones of tests/data/tiny; ids are those of the Hugging Face
tokenizers library. "+special" after a pre-tokenizer's name: special tokens are recognised in the text.
"""
import gzip
import json
import pathlib
import random
import sys

from hf_tokenizer import SPLITTERS, Vocabulary, ids_hash, make_tokenizer

TESTS = pathlib.Path(__file__).resolve().parent.parent.parent / "tests" / "data"
CORPORA = {"algorithms_corpus": "code", "treesitter_corpus": "code", "syntax_valid_invalid": "code",
           "humanevalpack": "prompt"}
TINY_MODELS = ["qwen2-legacy.gguf", "llama.gguf"]
MAX_LISTED_IDS = 48
BLOCKS = [(0x20, 0x7E), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x5FF), (0x900, 0xDFF), (0x1100, 0x11FF),
          (0x2000, 0x206F), (0x2190, 0x2BFF), (0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3),
          (0xE000, 0xE0FF), (0xFE00, 0xFFFD), (0x10000, 0x10FFF), (0x11000, 0x11FFF), (0x1D400, 0x1D7FF),
          (0x1E900, 0x1E95F), (0x1F300, 0x1FAFF), (0x20000, 0x2A6DF), (0x2EBF0, 0x323AF), (0xE0100, 0xE01EF),
          (0xF0000, 0xF00FF), (0x10FF00, 0x10FFFD)]

SHORT_TEXTS = {
    "empty": "",
    "hello": "Hello, world!",
    "contractions": "it's IT'S we'LL they've I'd 'til 'S 's'd rock'n'roll 'ſ",
    "digits": "0 12 345 6789 01234567890 3.14e-10 0x1F ٣٤٥ ⅧⅨ ①②③ x²",
    "spaces": " a  b   c    d\te \t f\u00a0g\u2003\u2003h\u3000i ",
    "line-ends": "a\nb\r\nc\rd\n\ne\n \nf \n g\r\n\r\n  h\n\n\n",
    "only-spaces": "        ",
    "only-line-ends": "\n\n\n\n",
    "indented": "def f(x):\n\tif x:\n\t\treturn  x\n        \n    pass\n",
    "punctuation": "(a)[b]{c}->d::e<<f>>=g&&!h||~i ...j?k:l;m@n#o$p%q^r*s/t\\u|v`w\"x\"'y'",
    "names": "camelCase PascalCase snake_case SCREAMING_CASE kebab-case _private __init__ x1 utf8Decoder",
    "cjk": "你好，世界。これはテストです。한국어 텍스트 naïve café Straße ﬁ Ελληνικά Русский עברית العربية हिन्दी",
    "emoji": "👍🏽 👨‍👩‍👧‍👦 🇩🇪 ☕️ e\u0301 n\u0303 \u202eright-to-left\u202c",
    "special": "<|endoftext|>a<|fim_prefix|> b<|im_start|>user\nc<|im_end|><|fim_middle|><tool_call>"
               "<|begin_of_text|><|eot_id|><fim_prefix>x<fim_middle>",
    "almost-special": "<|fim_middle|<|fim_middle|> < |fim_middle|> <|FIM_MIDDLE|>",
    "long-word": "pneumonoultramicroscopicsilicovolcanoconiosis" * 8,
    "long-run": "-" * 300 + "a" * 300 + " " * 300 + "\n" * 300,
    "base64": "TWFueSBoYW5kcyBtYWtlIGxpZ2h0IHdvcmsuTWFueSBoYW5kcyBtYWtlIGxpZ2h0IHdvcmsu" * 4 + "==",
}


def random_unicode(rng, length):
    """Mostly assigned blocks in runs, with white space, combining marks and any code point between."""
    text = []
    while len(text) < length:
        low, high = rng.choice(BLOCKS)
        text += [chr(rng.randint(low, high)) for _ in range(rng.randint(1, 8))]
        text += rng.choice(["", " ", "  ", "\n", "'s", "1", "\u0301", "\u3000", "\u0085", "\u180e", "."])
        if rng.random() < 0.2:
            text.append(chr(rng.choice([rng.randint(0, 0xD7FF), rng.randint(0xE000, 0x10FFFF)])))
    return "".join(text)


def random_ascii(rng, length):
    return "".join(rng.choice("  \t\n\r'.,(){}=+-_\"/\\aAbsStTlLdDmMrRvVeEzZ0159\x00\x1f\x7f") for _ in range(length))


def make_texts():
    texts = dict(SHORT_TEXTS)
    for path in sorted((TESTS / "source").iterdir()):
        texts[path.name] = path.read_text(encoding="utf-8")
    rng = random.Random(2024)
    for i in range(24):
        texts[f"unicode-{i}"] = random_unicode(rng, rng.choice([10, 100, 1000]))
    for i in range(12):
        texts[f"ascii-{i}"] = random_ascii(rng, rng.choice([20, 200, 2000]))
    return texts


def golden_entry(ids):
    return ids if len(ids) <= MAX_LISTED_IDS else {"count": len(ids), "hash": f"{ids_hash(ids):016x}"}


def golden_of(vocabulary, texts):
    modes = [(pre, False) for pre in SPLITTERS] + [(vocabulary.pre, True)]
    golden = {}
    for pre, parse_special in modes:
        tokenizer = make_tokenizer(vocabulary, pre, parse_special)
        golden[pre + ("+special" if parse_special else "")] = {
            name: golden_entry(tokenizer.encode(text).ids) for name, text in texts.items()}
    return golden


def corpus_texts(path, field):
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line)[field] for line in lines]


def corpora_of(vocabulary, shared):
    tokenizer = make_tokenizer(vocabulary, vocabulary.pre, False)
    result = {}
    for folder, field in CORPORA.items():
        for path in sorted((shared / folder).glob("*.jsonl.gz")):
            value, count, texts = ids_hash([]), 0, corpus_texts(path, field)
            for encoding in tokenizer.encode_batch_fast(texts):
                count += len(encoding.ids)
                value = ids_hash(encoding.ids, value)
            result[f"{folder}/{path.name}"] = {"field": field, "texts": len(texts), "count": count,
                                               "hash": f"{value:016x}"}
    return result


def one_line_a_text(value, depth):
    """JSON with the keys of `depth` levels on lines of their own."""
    if depth == 0:
        return json.dumps(value, separators=(",", ":"))
    lines = [f"{json.dumps(key)}: {one_line_a_text(item, depth - 1)}" for key, item in value.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


def write(name, value, depth):
    (TESTS / "tokenizer").mkdir(exist_ok=True)
    (TESTS / "tokenizer" / name).write_text(one_line_a_text(value, depth) + "\n")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    vocabularies = {"qwen2.5-coder": Vocabulary(sys.argv[1])}
    for path in [TESTS / "tiny" / name for name in TINY_MODELS]:
        vocabularies[path.name] = Vocabulary(path)
    texts = make_texts()
    write("texts.json", texts, 1)
    write("golden.json", {name: golden_of(v, texts) for name, v in vocabularies.items()}, 3)
    if len(sys.argv) == 3:
        shared = pathlib.Path(sys.argv[2])
        write("corpora.json", {name: corpora_of(v, shared) for name, v in vocabularies.items()}, 2)


if __name__ == "__main__":
    main()
