#!/usr/bin/env python3
"""Speed of Espalier on this machine, as one list of figures: measured, compared, kept and plotted.

  evals/bench/bench.py                         all that can be measured here; what `make bench` runs
  evals/bench/bench.py --only decode,mask      some parts: decode, start, engine, mask, tokenizer, sandbox
  evals/bench/bench.py --peer                  build llama-bench for comparison, if it is not there (5 minutes)
  evals/bench/bench.py --record                add the figures to the history in the repository
  evals/bench/bench.py --plot-only             make the page from the history alone

Figures are compared with the newest ones of the history that are from the same kind of processor: that is the
baseline. llama.cpp runs in turn with our own runtime, so that both meet the same neighbours. Everything goes to
build/bench/: result.json (the figures) and index.html (plots over commits). Run it on a machine that does nothing else.

Exit code: 0; 1 if something could not be measured; 2 with --check if a figure is over 25 % worse than the baseline.
"""
import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys

import bench_page

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
HISTORY = pathlib.Path(__file__).with_name("history.jsonl")
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "espalier"
MODELS = {"0.5b": "qwen2.5-coder-0.5b", "1.5b": "qwen2.5-coder-1.5b"}
WORSE = 1.25  # what --check takes for worse; runs on shared machines differ by up to 20 %


def output_of(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout


def json_of(*command):
    lines = output_of(*command).splitlines()
    first = next(place for place, line in enumerate(lines) if line[:1] in ("{", "["))
    return json.loads("\n".join(lines[first:]))  # some say first what they read


class Figures:
    """Name -> {"value", "unit", "better": "more" or "less"}, and for those that a peer has too, "peer"."""

    def __init__(self):
        self.all = {}

    def add(self, name, value, unit, better="less", peer=None):
        self.all[name] = {"value": round(value, 4), "unit": unit, "better": better}
        if peer is not None:
            self.all[name]["peer"] = round(peer, 4)


def installed_models():
    for size, name in MODELS.items():
        info = subprocess.run([BUILD / "espalier", "model", "info", name, "--json"], capture_output=True, text=True)
        if info.returncode == 0:
            yield size, name


def llama_bench(build):
    path = CACHE / "bench/llama-cpp-python-0.3.36/build/bin/llama-bench"
    if not path.exists() and build:
        subprocess.run([ROOT / "evals/bench/compare_llama.sh", "--rounds", "1", "--models", "q05"], check=True)
    return path if path.exists() else None


def measure_decode(figures, options):
    """Prefill of 512 tokens and decode of 128, in turn with llama.cpp; small batches, load time, memory."""
    peer = llama_bench(options.peer)
    for size, name in installed_models():
        ours, theirs = [], []
        for _ in range(options.rounds):
            if peer:
                model = CACHE / f"models/{name}-instruct-q4_k_m.gguf"
                runs = json_of(peer, "-m", model, "-p", 512, "-n", 128, "-r", 1, "-t", os.cpu_count(), "-o", "json")
                theirs.append({"prefill" if run["n_prompt"] else "decode": run["avg_ts"] for run in runs})
            ours.append(json_of(BUILD / "espalier", "bench", "--model", name, "-r", 1, "--json"))
        for phase in ("prefill", "decode"):
            mine = statistics.median(run[phase]["tokens_per_s"] for run in ours)
            other = statistics.median(run[phase] for run in theirs) if theirs else None
            figures.add(f"{phase} {size}", mine, "tokens/s", "more", other)
        for place, row in enumerate(ours[0]["rows"]):
            times = [run["rows"][place]["many_sequences_ms"] for run in ours]
            figures.add(f"step of {row['rows']} sequences {size}", statistics.median(times), "ms")
        figures.add(f"load {size}", statistics.median(run["load_ms"] for run in ours), "ms")
        if "rss_bytes" in ours[0].get("memory", {}):
            figures.add(f"memory at 4096 tokens {size}", ours[0]["memory"]["rss_bytes"] / 1e6, "MB")


def measure_start(figures, options):
    """Time until the first token and until the whole answer of a completion, from a cold start of the model."""
    example = ROOT / "examples/lru_cache.py"
    lines = example.read_text().splitlines()
    hole = next(place for place, line in enumerate(lines) if line and not line.strip())
    cursor = f"{example}:{hole + 1}:{len(lines[hole]) + 1}"
    for size, name in installed_models():
        runs = []
        for _ in range(options.rounds):
            runs.append(json_of(BUILD / "espalier", "complete", cursor, "--model", name, "--json")["timings_ms"])
        figures.add(f"first token of a completion {size}", statistics.median(r["first_token"] for r in runs), "ms")
        figures.add(f"whole completion {size}", statistics.median(r["total"] for r in runs), "ms")


def measure_engine(figures, _options):
    """Batches, speculation and cancelling."""
    files = sorted((CACHE / "corpus/python").glob("*.py"))[:8] or sorted((ROOT / "evals").rglob("*.py"))
    for size, name in installed_models():
        report = json_of(BUILD / "engine_bench", name, *files)
        figures.add(f"batch of 8 against one {size}", report["batch"]["ratio"], "times", "more")
        figures.add(f"speculation by lookup {size}", report["speculation"]["lookup"]["ratio"], "times", "more")
        figures.add(f"cancel to idle {size}", report["cancel"]["most_ms"], "ms")


def measure_mask(figures, _options):
    """What the grammar costs a token, of each language."""
    if not (CACHE / "corpus").exists():
        raise RuntimeError("there is no corpus; run scripts/collect_corpus.py")
    report = json_of(BUILD / "espalier", "bench", "mask", "--files", 8, "--every", 4, "--json")
    for language, figure in report["languages"].items():
        figures.add(f"check of a token, {language}", figure["check_median_us"], "us")
        figures.add(f"mask, {language}", figure["mask_median_us"], "us")
        figures.add(f"mask p99, {language}", figure["mask_p99_us"], "us")


def google_benchmarks(*command):
    return json_of(*command, "--benchmark_format=json")["benchmarks"]


def measure_tokenizer(figures, _options):
    """Encoding of source code."""
    sources = [CACHE / "corpus"] if (CACHE / "corpus").exists() else [ROOT]
    for run in google_benchmarks(BUILD / "tokenizer_bench", MODELS["0.5b"], *sources):
        if "bytes_per_second" in run:
            figures.add(f"tokenizer, {run['name']}", run["bytes_per_second"] / 1e6, "MB/s", "more")


def measure_sandbox(figures, _options):
    """Running programs nobody trusts."""
    for run in google_benchmarks(BUILD / "sandbox_bench"):
        if not run.get("error_occurred"):
            figures.add(f"sandbox, {run['name'].split('/')[0]}", run["real_time"], run["time_unit"])


PARTS = {"decode": measure_decode, "start": measure_start, "engine": measure_engine, "mask": measure_mask,
         "tokenizer": measure_tokenizer, "sandbox": measure_sandbox}


def read_history(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return f"{line.split(':', 1)[1].strip()}, {os.cpu_count()} cores"
    return f"{os.uname().machine}, {os.cpu_count()} cores"


def commit():
    git = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True)
    return git.stdout.strip() or "unknown"


def change(figure, before):
    """How many times better a figure is than before; below 1: worse."""
    if not figure["value"] or not before:
        return None
    ratio = figure["value"] / before
    return ratio if figure["better"] == "more" else 1 / ratio


def print_table(entry, baseline):
    old = baseline["figures"] if baseline else {}
    print(f"{'':42} {'now':>12} {'llama.cpp':>12} {'ratio':>7} {'baseline':>12} {'change':>7}")
    for name, figure in entry["figures"].items():
        before = old.get(name, {}).get("value")
        better = change(figure, before)
        peer = figure.get("peer")
        ratio = change(figure, peer)
        cells = [f"{peer:12.1f}" if peer else " " * 12, f"{ratio:6.2f}x" if ratio else " " * 7,
                 f"{before:12.2f}" if before else " " * 12, f"{better:6.2f}x" if better else ""]
        print(f"{name:42} {figure['value']:12.2f} {' '.join(cells)} {figure['unit']}")
    if baseline:
        print(f"\nbaseline: {baseline['commit']} of {baseline['date']}; change: above 1 is better")


def measure(options):
    figures, failed = Figures(), []
    for name in options.only.split(",") if options.only else PARTS:
        if name not in PARTS:
            sys.exit(f"bench.py: there is no part '{name}'; there are {', '.join(PARTS)}")
        print(f"bench: {name}: {PARTS[name].__doc__}", file=sys.stderr)
        try:
            PARTS[name](figures, options)
        except (subprocess.CalledProcessError, FileNotFoundError, KeyError, RuntimeError) as error:
            failed.append(name)
            said = (getattr(error, "stderr", "") or "").strip()
            print(f"bench: {name} was not measured: {error} {said}", file=sys.stderr)
    return figures.all, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="PARTS")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--plot-only", action="store_true")
    parser.add_argument("--history", type=pathlib.Path, default=HISTORY)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    history = read_history(options.history)
    page = options.out / "index.html"
    if options.plot_only:
        page.write_text(bench_page.page_of(history))
        print(f"wrote {page}")
        return 0
    figures, failed = measure(options)
    entry = {"date": datetime.date.today().isoformat(), "commit": commit(), "machine": processor(), "figures": figures}
    (options.out / "result.json").write_text(json.dumps(entry, indent=1) + "\n")
    baseline = next((old for old in reversed(history) if old["machine"] == entry["machine"]), None)
    print_table(entry, baseline)
    if options.record:
        with options.history.open("a") as file:
            file.write(json.dumps(entry) + "\n")
    page.write_text(bench_page.page_of(history + [entry]))
    print(f"\nwrote {options.out / 'result.json'} and {page}")
    if failed:
        return 1
    old = baseline["figures"] if baseline else {}
    worse = [name for name, figure in figures.items()
             if name in old and (change(figure, old[name]["value"]) or 1) < 1 / WORSE]
    if options.check and worse:
        print(f"over {WORSE - 1:.0%} worse than the baseline: {', '.join(worse)}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
