#!/usr/bin/env python3
"""The table at the end of gpu.sh: ours, PyTorch's, the ratio, and how near to the GPU's ceilings.

  gpu_table.py DIR SHAPE...     reads DIR/ours.SHAPE.json, DIR/int8.SHAPE.json and DIR/torch.SHAPE.json
"""
import json
import pathlib
import sys


def read(path):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):  # it did not run, or was cut off
        return {}


def rows(ours, int8, torch):
    for key, unit in (("decode_1", "tok/s"), ("decode_8", "tok/s"), ("decode_64", "tok/s"), ("prefill_2048", "tok/s"),
                      ("ttft_1024_ms", "ms"), ("ttft_8192_ms", "ms")):
        mine, theirs = ours.get(key), torch.get(key)
        ratio = theirs / mine if unit == "ms" and mine and theirs else mine / theirs if mine and theirs else None
        share = ""
        if key.startswith("decode") and torch.get("copy_gb_per_s") and mine:
            share = f"{100 * ours[key + '_gb_per_s'] / torch['copy_gb_per_s']:.0f} % of bandwidth"
        if key.startswith("prefill") and torch.get("bf16_tflop_per_s") and mine:
            share = f"{100 * ours[key + '_tflop_per_s'] / torch['bf16_tflop_per_s']:.0f} % of bf16 peak"
        yield key, unit, mine, theirs, ratio, share
        if key == "prefill_2048" and int8.get(key) and mine:
            yield "... in int8", unit, int8[key], theirs, int8[key] / theirs if theirs else None, ""
        if key == "decode_64" and "load" in ours:
            yield from load_rows(ours["load"], theirs)


def load_rows(load, theirs):
    """The engine with as many requests: its own work, sampling at a temperature, and the grammar."""
    free, grammar = load["free"], load["grammar"]
    for name, run, note in (
            ("... engine", free, f"own work {free['own_us']:.0f} of {free['step_us']:.0f} us a step"),
            ("... grammar", grammar, f"steps {100 * load['slowdown']:+.1f} %, own work {grammar['own_us']:.0f} us, "
                                     f"{100 * grammar['refused']:.0f} % of tokens refused")):
        mine = run["tokens_per_s"]
        yield name, "tok/s", mine, theirs, mine / theirs if theirs else None, note


def cell(value):
    return "-" if value is None else f"{value:.1f}"


def main():
    folder = pathlib.Path(sys.argv[1])
    for shape in sys.argv[2:]:
        ours, int8, torch = (read(folder / f"{who}.{shape}.json") for who in ("ours", "int8", "torch"))
        print(f"{shape}, random weights, Q4_K_M's types, on {ours.get('gpu', torch.get('gpu', 'no GPU'))}"
              f" (copies {cell(torch.get('copy_gb_per_s'))} GB/s, bf16 {cell(torch.get('bf16_tflop_per_s'))} TFLOP/s)")
        print(f"  {'':14} {'':6} {'ours':>10} {'PyTorch':>10} {'ratio':>7}")
        for key, unit, mine, theirs, ratio, share in rows(ours, int8, torch):
            print(f"  {key:14} {unit:6} {cell(mine):>10} {cell(theirs):>10} {cell(ratio):>7}  {share}")


main()
