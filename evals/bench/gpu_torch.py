#!/usr/bin/env python3
"""What PyTorch does on the same GPU: a model of the same shape in Hugging Face transformers, eager, bfloat16, random
weights; and what the GPU can do at most. One JSON object to standard output.

  gpu_torch.py --shape 1.5b
"""
import argparse
import json
import time

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM
from transformers.cache_utils import DynamicCache

SHAPES = {
    "tiny": dict(num_hidden_layers=2, hidden_size=256, num_attention_heads=4, num_key_value_heads=2,
                 intermediate_size=512, vocab_size=1024),
    "0.5b": dict(num_hidden_layers=24, hidden_size=896, num_attention_heads=14, num_key_value_heads=2,
                 intermediate_size=4864, vocab_size=151936),
    "1.5b": dict(num_hidden_layers=28, hidden_size=1536, num_attention_heads=12, num_key_value_heads=2,
                 intermediate_size=8960, vocab_size=151936),
    "7b": dict(num_hidden_layers=28, hidden_size=3584, num_attention_heads=28, num_key_value_heads=4,
               intermediate_size=18944, vocab_size=152064),
}


def timed(call, repeats):
    """Seconds a call, after one to warm up."""
    call()
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    torch.cuda.synchronize()
    return (time.perf_counter() - start) / repeats


def ceilings():
    source = torch.empty(1 << 30, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    a, b = (torch.randn(8192, 8192, dtype=torch.bfloat16, device="cuda") for _ in range(2))
    return {
        "copy_gb_per_s": 2 * source.numel() / timed(lambda: target.copy_(source), 10) / 1e9,
        "bf16_tflop_per_s": 2 * 8192**3 / timed(lambda: a @ b, 10) / 1e12,
    }


@torch.inference_mode()
def decode(model, batch, context, steps):
    """Tokens a second of `batch` sequences that decode side by side behind `context` positions."""
    cache = DynamicCache()
    prompt = torch.randint(0, 1000, (batch, context), device="cuda")
    model(prompt, past_key_values=cache, logits_to_keep=1)
    token = torch.zeros((batch, 1), dtype=torch.long, device="cuda")
    seconds = timed(lambda: model(token, past_key_values=cache).logits.float().cpu(), steps)
    return batch / seconds


@torch.inference_mode()
def prefill(model, tokens):
    prompt = torch.randint(0, 1000, (1, tokens), device="cuda")
    return timed(lambda: model(prompt, past_key_values=DynamicCache(), logits_to_keep=1).logits.float().cpu(), 3)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=SHAPES, default="1.5b")
    shape = SHAPES[parser.parse_args().shape]
    result = {"gpu": torch.cuda.get_device_name(), **ceilings()}
    with torch.device("cuda"):
        torch.set_default_dtype(torch.bfloat16)
        model = Qwen2ForCausalLM(Qwen2Config(**shape, max_position_embeddings=32768)).eval()
    for batch in (1, 8, 64):
        result[f"decode_{batch}"] = decode(model, batch, 512, 32)
    for tokens in (1024, 2048, 8192):
        seconds = prefill(model, tokens)
        result[f"prefill_{tokens}"] = tokens / seconds
        result[f"ttft_{tokens}_ms"] = seconds * 1000
    print(json.dumps(result))


main()
