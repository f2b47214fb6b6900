#!/usr/bin/env python3
"""Registers, spills and shared memory of every kernel of model/cuda, by ptxas.

  gpu_resources.py [--arch sm_90] [--nvcc PATH]     compiles anew: about a minute; needs no GPU
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
WHEEL = ROOT / ".deps/cuda/nvidia/cu13/bin/nvcc"
FUNCTION = re.compile(r"Compiling entry function '(\w+)'")
SPILLS = re.compile(r"(\d+) bytes spill stores")
REGISTERS = re.compile(r"Used (\d+) registers")
SHARED = re.compile(r"(\d+) bytes smem")


def kernels(nvcc, arch, source):
    """(name, registers, spilled bytes, shared bytes) of each kernel of a file."""
    with tempfile.NamedTemporaryFile(suffix=".o") as out:
        command = [nvcc, "-I", str(ROOT), "-O3", "-std=c++20", "--expt-relaxed-constexpr", "--extended-lambda",
                   f"-arch={arch}", "-Xptxas", "-v", "-c", str(source), "-o", out.name]
        log = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    name, spilled = None, 0
    for line in log.splitlines():
        if found := FUNCTION.search(line):
            name, spilled = found[1], 0
        if found := SPILLS.search(line):
            spilled = int(found[1])
        if name and (found := REGISTERS.search(line)):
            shared = SHARED.search(line)
            yield name, int(found[1]), spilled, int(shared[1]) if shared else 0
            name = None


def readable(mangled):
    text = subprocess.run(["c++filt", mangled], capture_output=True, text=True, check=False).stdout.strip()
    return re.sub(r"espalier::cuda::|\(anonymous namespace\)::|\(espalier::DataType\)|^void ", "", text).split("(")[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch", default="sm_90")
    parser.add_argument("--nvcc", default=str(WHEEL) if WHEEL.exists() else shutil.which("nvcc"))
    arguments = parser.parse_args()
    if arguments.nvcc is None:
        sys.exit("no CUDA toolkit: run scripts/setup.sh --cuda")
    print(f"{'kernel':<32} {'registers':>9} {'spilled B':>9} {'shared B':>9}   {arguments.arch}")
    for source in sorted((ROOT / "model/cuda").glob("*.cu")):
        for name, registers, spilled, shared in kernels(arguments.nvcc, arguments.arch, source):
            print(f"{readable(name):<32} {registers:>9} {spilled:>9} {shared:>9}")


main()
