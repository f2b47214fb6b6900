"""A GGUF file or a Hugging Face directory as a float32 transformers model: the reference for our logits.

GGUF weights are dequantized by the `gguf` package; the rotary permutation that GGUF applies to the
query and key rows of the llama architecture is undone. Needs gguf, numpy, safetensors, torch and
transformers. Memory: four bytes a parameter.
"""
import json
import pathlib

import gguf
import numpy as np
import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForCausalLM, LlamaConfig, Qwen2Config

GGUF_LAYER_NAMES = {
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}
GGUF_TOP_NAMES = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


def hf_name(gguf_name):
    stem, kind = gguf_name.rsplit(".", 1)
    if stem in GGUF_TOP_NAMES:
        return f"{GGUF_TOP_NAMES[stem]}.{kind}"
    _, layer, part = stem.split(".", 2)
    return f"model.layers.{layer}.{GGUF_LAYER_NAMES[part]}.{kind}"


def undo_rotary_permutation(weight, heads):
    """GGUF stores each head's rows as (0, d/2, 1, d/2 + 1, ...); Hugging Face as (0, 1, ..., d - 1)."""
    rows = weight.reshape(heads, weight.shape[0] // heads // 2, 2, *weight.shape[1:])
    return np.ascontiguousarray(rows.swapaxes(1, 2)).reshape(weight.shape)


class GgufFields:
    """Metadata values by key, without and with the architecture's prefix."""

    def __init__(self, reader):
        self.fields = reader.fields
        self.architecture = self.get("general.architecture")

    def get(self, key, default=None):
        return self.fields[key].contents() if key in self.fields else default

    def arch(self, key, default=None):
        return self.get(f"{self.architecture}.{key}", default)


def rope_parameters(fields, rope_freqs, head_dim):
    base = fields.arch("rope.freq_base", 10000.0)
    kind = fields.arch("rope.scaling.type", "none")
    if rope_freqs is not None:
        return {"rope_type": "default", "rope_theta": base, "divisors": rope_freqs[: head_dim // 2]}
    if kind == "none":
        return {"rope_type": "default", "rope_theta": base}
    scaling = {"rope_type": kind, "rope_theta": base, "factor": fields.arch("rope.scaling.factor")}
    original = fields.arch("rope.scaling.original_context_length")
    if original:
        scaling["original_max_position_embeddings"] = original
    return scaling


def gguf_config(fields, tensors):
    heads = fields.arch("attention.head_count")
    width = fields.arch("embedding_length")
    head_dim = fields.arch("attention.key_length", width // heads)
    rope = rope_parameters(fields, tensors.get("rope_freqs.weight"), head_dim)
    divisors = rope.pop("divisors", None)
    common = dict(
        vocab_size=tensors["token_embd.weight"].shape[0], hidden_size=width,
        intermediate_size=fields.arch("feed_forward_length"), num_hidden_layers=fields.arch("block_count"),
        num_attention_heads=heads, num_key_value_heads=fields.arch("attention.head_count_kv", heads),
        max_position_embeddings=fields.arch("context_length"), rope_parameters=rope,
        rms_norm_eps=fields.arch("attention.layer_norm_rms_epsilon"), tie_word_embeddings=False)
    if fields.architecture == "qwen2":
        return Qwen2Config(**common), divisors
    return LlamaConfig(head_dim=head_dim, attention_bias="blk.0.attn_q.bias" in tensors, **common), divisors


def load_gguf(path):
    reader = gguf.GGUFReader(str(path))
    tensors = {t.name: np.array(gguf.dequantize(t.data, t.tensor_type), dtype=np.float32) for t in reader.tensors}
    fields = GgufFields(reader)
    config, divisors = gguf_config(fields, tensors)
    tensors.pop("rope_freqs.weight", None)
    tensors.setdefault("output.weight", tensors["token_embd.weight"])
    if fields.architecture == "llama":
        for name in list(tensors):
            if ".attn_q." in name:
                tensors[name] = undo_rotary_permutation(tensors[name], config.num_attention_heads)
            elif ".attn_k." in name:
                tensors[name] = undo_rotary_permutation(tensors[name], config.num_key_value_heads)
    state = {hf_name(name): torch.from_numpy(value) for name, value in tensors.items()}
    model = build(config, state)
    if divisors is not None:
        model.model.rotary_emb.inv_freq /= torch.from_numpy(divisors)
    return model


def load_directory(path, config_file=None):
    """A model directory; `config_file` replaces its config.json (the weights are shared)."""
    path = pathlib.Path(path)
    with open(config_file or path / "config.json", encoding="utf-8") as file:
        values = json.load(file)
    config = AutoConfig.for_model(values.pop("model_type"), **values)
    state = {}
    for file in sorted(path.glob("*.safetensors")):
        state.update(load_file(file))
    state = {name: value.float() for name, value in state.items()}
    state.setdefault("lm_head.weight", state["model.embed_tokens.weight"])
    config.tie_word_embeddings = False
    return build(config, state)


def build(config, state):
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, attn_implementation="eager", dtype=torch.float32)
    model.load_state_dict(state, assign=True, strict=True)
    model.model.rotary_emb = type(model.model.rotary_emb)(config)  # its buffers are not in the state
    return model.eval()


def load_reference(path, config_file=None):
    path = pathlib.Path(path)
    return load_directory(path, config_file) if path.is_dir() else load_gguf(path)


@torch.no_grad()
def window_logits(model, tokens, rows=128):
    """Yields (first row, logits [rows, vocabulary] as a numpy array) of one window, computed from scratch."""
    hidden = model.model(torch.tensor([tokens])).last_hidden_state[0]
    for start in range(0, len(tokens), rows):
        yield start, model.lm_head(hidden[start:start + rows]).float().numpy()
