#!/usr/bin/env python3
"""Makes the tiny random models of tests/data/tiny from a real model's vocabulary.

  python3 scripts/make_tiny_model.py QWEN2.5-CODER.gguf

  qwen2-legacy.gguf  two layers, tied; F32, F16, BF16, Q4_0, Q5_0, Q5_1 and Q8_0; FIM ids as metadata
  qwen2-k.gguf       one layer, tied, wide enough for Q4_K, Q5_K and Q6_K; FIM marks by name alone
  llama.gguf         two layers, untied, no bias, adjacent RoPE pairs with frequency factors
  qwen2-hf/          the weights of qwen2-legacy before quantization, as BF16 safetensors

The vocabulary is the 256 bytes, the first merges of the real one and its special tokens, renumbered.
Weights are random, scaled so that attention is not uniform and logits have a spread of about 3.
Needs the packages numpy, gguf and safetensors.
"""
import json
import pathlib
import sys
from dataclasses import dataclass

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Q

N_MERGES = 400
VOCAB_SIZE = 704  # the rest is filled with unused tokens, as real vocabularies do
CONTEXT = 2048
NORMAL, CONTROL, UNUSED = 1, 3, 5
CHAT_TEMPLATE = ("{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
                 "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
LLAMA_SPECIALS = ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>", "<fim_prefix>", "<fim_suffix>", "<fim_middle>"]
QWEN2_REGEX = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
               r"|\s*[\r\n]+|\s+(?!\S)|\s+")


@dataclass
class Shape:
    n_layers: int
    d_model: int
    n_heads: int
    n_kv_heads: int
    head_dim: int
    d_ff: int


@dataclass
class Vocabulary:
    tokens: list
    types: list
    merges: list

    def id(self, text):
        return self.tokens.index(text)


# ---- vocabulary ----------------------------------------------------------------------------------

def strings_of(reader, key):
    field = reader.fields[key]
    return [bytes(field.parts[i]).decode() for i in field.data]


def cut_vocabulary(path):
    """Base bytes and first merges of a real GGUF, and its special tokens."""
    reader = gguf.GGUFReader(path)
    tokens = strings_of(reader, "tokenizer.ggml.tokens")
    type_field = reader.fields["tokenizer.ggml.token_type"]
    types = [int(type_field.parts[i][0]) for i in type_field.data]
    merges = strings_of(reader, "tokenizer.ggml.merges")[:N_MERGES]
    kept = [t for t, kind in zip(tokens, types) if kind == NORMAL and len(t) == 1]
    assert len(kept) == 256
    for merge in merges:
        left, right = merge.split(" ")
        assert left in kept and right in kept
        if left + right not in kept:
            kept.append(left + right)
    specials = [(t, kind) for t, kind in zip(tokens, types) if kind not in (NORMAL, UNUSED)]
    return kept, merges, specials


def make_vocabulary(kept, merges, specials):
    tokens = kept + [t for t, _ in specials]
    types = [NORMAL] * len(kept) + [kind for _, kind in specials]
    while len(tokens) < VOCAB_SIZE:
        tokens.append(f"[PAD{len(tokens)}]")
        types.append(UNUSED)
    assert len(tokens) == len(set(tokens)) == VOCAB_SIZE
    return Vocabulary(tokens, types, merges)


# ---- weights -------------------------------------------------------------------------------------

def to_bf16(x):
    """Nearest bfloat16 as its 16 bits; ties to even."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)


def from_bf16(bits):
    return (bits.astype(np.uint32) << 16).view(np.float32)


def make_weights(shape, rng, *, tied, bias):
    """Weights by GGUF name, float32 values that bfloat16 holds exactly."""
    d, q, kv = shape.d_model, shape.n_heads * shape.head_dim, shape.n_kv_heads * shape.head_dim
    weights = {}

    def matrix(name, rows, cols, gain):
        weights[name] = rng.standard_normal((rows, cols)) * gain / np.sqrt(cols)

    def vector(name, size, mean, spread):
        weights[name] = mean + spread * rng.standard_normal(size)

    matrix("token_embd.weight", VOCAB_SIZE, d, 3.0)  # tied: the spread of the logits
    for i in range(shape.n_layers):
        block = f"blk.{i}."
        vector(block + "attn_norm.weight", d, 1.0, 0.1)
        matrix(block + "attn_q.weight", q, d, 1.5)
        matrix(block + "attn_k.weight", kv, d, 1.5)
        matrix(block + "attn_v.weight", kv, d, 1.5)
        if bias:
            vector(block + "attn_q.bias", q, 0.0, 0.5)
            vector(block + "attn_k.bias", kv, 0.0, 0.5)
            vector(block + "attn_v.bias", kv, 0.0, 0.5)
        # The layers outweigh the embedding in the residual stream, or the model would repeat its input.
        matrix(block + "attn_output.weight", d, q, 1.2)
        vector(block + "ffn_norm.weight", d, 1.0, 0.1)
        matrix(block + "ffn_gate.weight", shape.d_ff, d, 1.5)
        matrix(block + "ffn_up.weight", shape.d_ff, d, 1.5)
        matrix(block + "ffn_down.weight", d, shape.d_ff, 1.5)
    vector("output_norm.weight", d, 1.0, 0.1)
    if not tied:
        matrix("output.weight", VOCAB_SIZE, d, 3.0)
    return {name: from_bf16(to_bf16(w.astype(np.float32))) for name, w in weights.items()}


# ---- k-quants (the gguf package decodes them but does not encode them) ---------------------------------

def half_bytes(x):
    return x.astype(np.float16).view(np.uint8).reshape(-1, 2)


def steps(x, step, low, high):
    return np.clip(np.rint(np.divide(x, step, out=np.zeros_like(x), where=step != 0)), low, high).astype(np.int32)


def encode_sub_blocks(x, top):
    """Codes [n, 8, 32], and the bytes of d, dmin and the twelve scale bytes, of Q4_K and Q5_K."""
    x = x.reshape(-1, 8, 32).astype(np.float32)
    offset = -np.minimum(x.min(2), 0)
    step = (x.max(2) + offset) / top
    d = (step.max(1) / 63).astype(np.float16).astype(np.float32)[:, None]
    dmin = (offset.max(1) / 63).astype(np.float16).astype(np.float32)[:, None]
    scale, minimum = steps(step, d, 0, 63), steps(offset, dmin, 0, 63)
    codes = steps(x + (dmin * minimum)[:, :, None], (d * scale)[:, :, None], 0, top)
    packed = np.concatenate([
        scale[:, :4] | scale[:, 4:] >> 4 << 6,
        minimum[:, :4] | minimum[:, 4:] >> 4 << 6,
        (scale[:, 4:] & 15) | (minimum[:, 4:] & 15) << 4,
    ], axis=1).astype(np.uint8)
    return codes, np.concatenate([half_bytes(d), half_bytes(dmin), packed], axis=1)


def encode_q4_k(x):
    codes, head = encode_sub_blocks(x, 15)
    nibbles = codes[:, 0::2] | codes[:, 1::2] << 4
    return np.concatenate([head, nibbles.reshape(-1, 128).astype(np.uint8)], axis=1)


def encode_q5_k(x):
    codes, head = encode_sub_blocks(x, 31)
    high = ((codes >> 4) << np.arange(8)[None, :, None]).sum(1)
    nibbles = (codes[:, 0::2] & 15) | (codes[:, 1::2] & 15) << 4
    return np.concatenate([head, high.astype(np.uint8), nibbles.reshape(-1, 128).astype(np.uint8)], axis=1)


def encode_q6_k(x):
    x = x.reshape(-1, 16, 16).astype(np.float32)
    peak = np.take_along_axis(x, np.abs(x).argmax(2)[:, :, None], 2)[:, :, 0]
    d = (np.abs(peak).max(1) / (32 * 127)).astype(np.float16).astype(np.float32)[:, None]
    scale = steps(peak / -32, d, -128, 127)
    codes = (steps(x, (d * scale)[:, :, None], -32, 31) + 32).reshape(-1, 2, 4, 32)  # half, row, element
    low, high = codes & 15, codes >> 4
    ql = np.concatenate([low[:, :, 0] | low[:, :, 2] << 4, low[:, :, 1] | low[:, :, 3] << 4], axis=2)
    qh = (high << (2 * np.arange(4))[None, None, :, None]).sum(2)
    parts = [ql.reshape(-1, 128), qh.reshape(-1, 64), scale & 255]
    return np.concatenate([p.astype(np.uint8) for p in parts] + [half_bytes(d)], axis=1)


K_ENCODERS = {Q.Q4_K: encode_q4_k, Q.Q5_K: encode_q5_k, Q.Q6_K: encode_q6_k}


def encode(x, kind):
    """Bytes of `x` in format `kind`, in the array shape that GGUFWriter wants."""
    if kind == Q.BF16:
        return to_bf16(x).view(np.uint8).reshape(*x.shape[:-1], -1)
    if kind not in K_ENCODERS:
        return gguf.quants.quantize(x, kind)
    raw = K_ENCODERS[kind](x).reshape(x.shape[0], -1)
    error = gguf.quants.dequantize(raw, kind) - x
    assert error.std() < 0.1 * x.std(), (kind, error.std(), x.std())
    return raw


# ---- files ---------------------------------------------------------------------------------------

def write_gguf(path, arch, shape, vocabulary, weights, kind_of, extras):
    writer = gguf.GGUFWriter(path, arch)
    writer.add_name("Tiny " + path.stem)
    writer.add_context_length(CONTEXT)
    writer.add_block_count(shape.n_layers)
    writer.add_embedding_length(shape.d_model)
    writer.add_feed_forward_length(shape.d_ff)
    writer.add_head_count(shape.n_heads)
    writer.add_head_count_kv(shape.n_kv_heads)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types(vocabulary.types)
    writer.add_token_merges(vocabulary.merges)
    extras(writer)
    for name, w in weights.items():
        kind = Q.F32 if w.ndim == 1 else kind_of(name)
        data = encode(w, kind)
        writer.add_tensor(name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def qwen2_extras(vocabulary, fim_ids):
    def add(writer):
        writer.add_rope_freq_base(1e6)
        writer.add_tokenizer_pre("qwen2")
        writer.add_bos_token_id(vocabulary.id("<|endoftext|>"))
        writer.add_eos_token_id(vocabulary.id("<|im_end|>"))
        writer.add_pad_token_id(vocabulary.id("<|endoftext|>"))
        writer.add_add_bos_token(False)
        writer.add_chat_template(CHAT_TEMPLATE)
        marks = {"pre": "fim_prefix", "suf": "fim_suffix", "mid": "fim_middle", "pad": "fim_pad",
                 "rep": "repo_name", "sep": "file_sep"}
        for key, mark in marks.items() if fim_ids else ():
            writer.add_uint32(f"tokenizer.ggml.fim_{key}_token_id", vocabulary.id(f"<|{mark}|>"))
    return add


def llama_extras(vocabulary):
    def add(writer):
        writer.add_rope_freq_base(5e5)
        writer.add_rope_dimension_count(16)
        writer.add_vocab_size(VOCAB_SIZE)
        writer.add_tokenizer_pre("llama-bpe")
        writer.add_bos_token_id(vocabulary.id("<|begin_of_text|>"))
        writer.add_eos_token_id(vocabulary.id("<|end_of_text|>"))
    return add


def by_suffix(kinds, default):
    """A function from a tensor's name to the format of the first entry that it ends with."""
    return lambda name: next((kind for end, kind in kinds.items() if name.endswith(end)), default)


LEGACY_KINDS = by_suffix({
    "0.attn_q.weight": Q.Q4_0, "0.attn_k.weight": Q.Q5_0, "0.attn_v.weight": Q.Q5_1, "0.attn_output.weight": Q.Q8_0,
    "0.ffn_gate.weight": Q.Q4_0, "0.ffn_up.weight": Q.Q5_0, "0.ffn_down.weight": Q.F16, "1.attn_q.weight": Q.BF16,
    "1.attn_k.weight": Q.F32, "1.attn_v.weight": Q.F16, "1.ffn_gate.weight": Q.Q5_1,
}, Q.Q8_0)
K_KINDS = by_suffix({"attn_k.weight": Q.Q5_K, "attn_v.weight": Q.Q6_K, "attn_output.weight": Q.Q5_K,
                     "ffn_down.weight": Q.Q6_K}, Q.Q4_K)
LLAMA_KINDS = by_suffix({"token_embd.weight": Q.Q4_0, "output.weight": Q.Q8_0, "attn_v.weight": Q.Q8_0}, Q.Q5_0)

HF_NAMES = {
    "token_embd": "model.embed_tokens", "output_norm": "model.norm", "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}


def hf_name(name):
    *block, part, kind = name.split(".")
    prefix = f"model.layers.{block[1]}." if block else ""
    return f"{prefix}{HF_NAMES[part]}.{kind}"


def write_safetensors(path, weights):
    """The format is a length, a JSON header padded to eight bytes, and the tensors one after another."""
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, w in weights.items():
        header[hf_name(name)] = {"dtype": "BF16", "shape": list(w.shape), "data_offsets": [offset, offset + 2 * w.size]}
        offset += 2 * w.size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    data = b"".join(to_bf16(w).tobytes() for w in weights.values())
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def write_hf(folder, shape, vocabulary, weights):
    folder.mkdir(exist_ok=True)
    write_safetensors(folder / "model.safetensors", weights)
    config = {
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "torch_dtype": "bfloat16",
        "num_hidden_layers": shape.n_layers, "hidden_size": shape.d_model, "intermediate_size": shape.d_ff,
        "num_attention_heads": shape.n_heads, "num_key_value_heads": shape.n_kv_heads,
        "vocab_size": VOCAB_SIZE, "max_position_embeddings": CONTEXT, "rms_norm_eps": 1e-6, "rope_theta": 1e6,
        "hidden_act": "silu", "tie_word_embeddings": True, "use_sliding_window": False,
        "bos_token_id": vocabulary.id("<|endoftext|>"), "eos_token_id": vocabulary.id("<|im_end|>"),
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    entries = list(zip(range(VOCAB_SIZE), vocabulary.tokens, vocabulary.types))
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    split = {"type": "Split", "pattern": {"Regex": QWEN2_REGEX}, "behavior": "Isolated", "invert": False}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [
            {"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
             "special": kind == CONTROL} for i, t, kind in entries if kind not in (NORMAL, UNUSED)],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, byte_level]},
        "post_processor": byte_level, "decoder": byte_level,
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
                  "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False,
                  "vocab": {t: i for i, t, kind in entries if kind == NORMAL}, "merges": vocabulary.merges},
    }
    text = json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))
    (folder / "tokenizer.json").write_text(text + "\n", encoding="utf-8")
    tokenizer_config = {"add_bos_token": False, "chat_template": CHAT_TEMPLATE, "bos_token": None,
                        "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
                        "tokenizer_class": "Qwen2Tokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer_config, indent=1) + "\n")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    out = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data" / "tiny"
    out.mkdir(parents=True, exist_ok=True)
    kept, merges, specials = cut_vocabulary(sys.argv[1])
    qwen2 = make_vocabulary(kept, merges, specials)
    llama = make_vocabulary(kept, merges, [(text, CONTROL) for text in LLAMA_SPECIALS])

    small = Shape(n_layers=2, d_model=64, n_heads=4, n_kv_heads=2, head_dim=16, d_ff=96)
    weights = make_weights(small, np.random.default_rng(1), tied=True, bias=True)
    write_gguf(out / "qwen2-legacy.gguf", "qwen2", small, qwen2, weights, LEGACY_KINDS, qwen2_extras(qwen2, True))
    write_hf(out / "qwen2-hf", small, qwen2, weights)

    wide = Shape(n_layers=1, d_model=256, n_heads=4, n_kv_heads=1, head_dim=64, d_ff=256)
    weights = make_weights(wide, np.random.default_rng(2), tied=True, bias=True)
    write_gguf(out / "qwen2-k.gguf", "qwen2", wide, qwen2, weights, K_KINDS, qwen2_extras(qwen2, False))

    weights = make_weights(small, np.random.default_rng(3), tied=False, bias=False)
    weights["rope_freqs.weight"] = np.array([1, 1, 1, 1, 1.5, 2.5, 4, 8], np.float32)
    write_gguf(out / "llama.gguf", "llama", small, llama, weights, LLAMA_KINDS, llama_extras(llama))


if __name__ == "__main__":
    main()
