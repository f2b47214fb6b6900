#!/usr/bin/env python3
"""Golden data for the quantization formats: tests/data/quant/<TYPE>.bin.

Each file holds the bytes of 512 elements (random blocks first, then blocks of a real model when one
is given) followed by the 512 float32 values that the `gguf` package's own decoder makes of them.

  python3 scripts/make_quant_golden.py [MODEL.gguf]
"""
import pathlib
import sys

import gguf
import numpy as np

TYPES = ["F32", "F16", "BF16", "Q4_0", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]
ELEMENTS = 512
HALF_FIELDS = {"Q4_0": [0], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}


def random_blocks(name, rng):
    """Random bytes, except that scale fields hold finite halves (NaN compares unequal to itself)."""
    block_elements, block_bytes = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]]
    n = ELEMENTS // block_elements
    if name in ("F32", "F16", "BF16"):
        values = rng.standard_normal(n).astype(np.float32)
        if name == "F32":
            return values.view(np.uint8)
        if name == "F16":
            return (values * 2.0 ** rng.integers(-22, 12, n)).astype(np.float16).view(np.uint8)
        return (values.view(np.uint32) >> 16).astype(np.uint16).view(np.uint8)
    raw = rng.integers(0, 256, (n, block_bytes), dtype=np.uint8)
    for offset in HALF_FIELDS[name]:
        scale = (rng.standard_normal(n) * 0.05).astype(np.float16)
        raw[:, offset:offset + 2] = scale.view(np.uint8).reshape(n, 2)
    return raw.reshape(-1)


def real_blocks(reader, name):
    """Bytes from the middle of the model's first tensor of this type, or None."""
    for tensor in reader.tensors if reader else []:
        if tensor.tensor_type.name == name and tensor.n_elements >= 4 * ELEMENTS:
            block_elements, block_bytes = gguf.GGML_QUANT_SIZES[tensor.tensor_type]
            flat = tensor.data.reshape(-1).view(np.uint8)
            start = flat.size // block_bytes // 2 * block_bytes
            return flat[start:start + ELEMENTS // block_elements * block_bytes]
    return None


def main():
    out = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data" / "quant"
    out.mkdir(parents=True, exist_ok=True)
    reader = gguf.GGUFReader(sys.argv[1]) if len(sys.argv) > 1 else None
    rng = np.random.default_rng(1)
    for name in TYPES:
        kind = gguf.GGMLQuantizationType[name]
        blocks = [b for b in (random_blocks(name, rng), real_blocks(reader, name)) if b is not None]
        raw = np.concatenate([b[:b.size // len(blocks)] for b in blocks])
        values = gguf.quants.dequantize(raw, kind).reshape(-1)
        assert values.size == ELEMENTS and np.isfinite(values).all()
        (out / f"{name}.bin").write_bytes(raw.tobytes() + values.astype("<f4").tobytes())


if __name__ == "__main__":
    main()
