"""The Hugging Face tokenizer of a GGUF file's vocabulary and merges: the reference for our token ids.

Built without a normaliser: Qwen2's published tokenizer.json composes characters first (NFC), while a tool
for code must give back the bytes that it read. Needs the packages gguf and tokenizers.
"""
import gguf
from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers

NORMAL, CONTROL, USER_DEFINED = 1, 3, 4

CL100K = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")


def regex_splitter(pattern):
    return pre_tokenizers.Split(Regex(pattern), "isolated")


# By GGUF's name: what cuts text into words. ByteLevel's own expression is GPT-2's.
SPLITTERS = {
    "qwen2": lambda: [regex_splitter(CL100K % "")],
    "llama-bpe": lambda: [regex_splitter(CL100K % "{1,3}")],
    "gpt-2": lambda: [],
    "starcoder": lambda: [pre_tokenizers.Digits(individual_digits=True)],
}


class Vocabulary:
    """Tokens, types, merges and the pre-tokenizer's name, as a GGUF file has them."""

    def __init__(self, path):
        fields = gguf.GGUFReader(str(path)).fields
        get = lambda key: fields["tokenizer.ggml." + key].contents()
        self.pre = get("pre")
        self.tokens, self.types = get("tokens"), get("token_type")
        self.merges = [tuple(merge.split(" ")) for merge in get("merges")]


def splitter(pre):
    """Cuts into words and writes them in the byte alphabet."""
    own_regex = pre in ("gpt-2", "starcoder")
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=own_regex)
    return pre_tokenizers.Sequence(SPLITTERS[pre]() + [byte_level])


def make_tokenizer(vocabulary, pre, parse_special):
    ids = {t: i for i, (t, kind) in enumerate(zip(vocabulary.tokens, vocabulary.types)) if kind == NORMAL}
    tokenizer = Tokenizer(models.BPE(ids, vocabulary.merges, ignore_merges=pre == "llama-bpe"))
    tokenizer.pre_tokenizer = splitter(pre)
    if parse_special:
        add_special_tokens(tokenizer, vocabulary)
    return tokenizer


def add_special_tokens(tokenizer, vocabulary):
    """The library numbers added tokens upwards from the model's; place-holders keep GGUF's numbers."""
    first = tokenizer.get_vocab_size()
    assert all(kind == NORMAL for kind in vocabulary.types[:first])
    kinds = (CONTROL, USER_DEFINED)
    for i, (text, kind) in list(enumerate(zip(vocabulary.tokens, vocabulary.types)))[first:]:
        content = text if kind in kinds else f"\U0010FFFD{i}"
        tokenizer.add_special_tokens([AddedToken(content, normalized=False)])
        assert tokenizer.token_to_id(content) == i


def ids_hash(ids, value=0xCBF29CE484222325):
    """FNV-1a over the ids as 32-bit units; pass a hash as `value` to go on from it."""
    for token in ids:
        value = (value ^ token) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value
