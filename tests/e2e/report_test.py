#!/usr/bin/env python3
"""Reports in a real browser: they are drawn, the filter works, and they ask nobody for anything.

  report_test.py ESPALIER     exits with 77 ("skipped") when there is no Chromium
"""
import json
import os
import pathlib
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import zlib

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--window-size=1000,2400", "--virtual-time-budget=5000"]


def make_run(espalier, folder):
    """A run with a few answers of every kind, in the program's own store."""
    database = folder / "runs.sqlite"
    subprocess.run([espalier, "eval", "list", "--db", database], check=True, capture_output=True)
    store = sqlite3.connect(database)
    settings = '{"suite": "own", "model": "m", "samples": 2}'
    store.execute("INSERT INTO runs (suite, settings, tasks, version, machine, finished) VALUES ('own', ?, 3, '1', 'here', 1)",
                  (settings,))
    for task in range(3):
        for sample in range(2):
            error = ("passed", "wrong", "timeout")[(task + sample) % 3]
            store.execute("INSERT INTO samples VALUES (1, ?, ?, '0', ?, '', 'stop-string', 0, ?, '', 10, 20, 1, 1.5, 0.2)",
                          (f"own/{task}", sample, "def f():\n    return '</script><b>'\n", error))
    details = {"refusals": [[4, ")"], [4, "]"]],
               "fill": {"before": 0, "after": 0, "group": "python/line", "facts": {"answered": True, "parses": True}}}
    store.execute("INSERT INTO sample_details VALUES (1, 'own/0', 0, ?)", (json.dumps(details),))
    store.commit()
    store.close()
    page = folder / "report.html"
    subprocess.run([espalier, "eval", "report", "1", "--db", database, "--html", page], check=True, capture_output=True)
    return page


def browse(folder, *flags):
    done = subprocess.run([BROWSER, *FLAGS, f"--user-data-dir={folder}/profile", *flags], capture_output=True, text=True,
                          timeout=120, check=False, env={**os.environ, "HOME": str(folder)})
    return done.stdout


def colours_of(picture):
    """The colours of a PNG of 8 bits a channel, by how many pixels have them."""
    data = picture.read_bytes()
    at, pixels = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, _, colour_type = struct.unpack(">IIBB", body[:10])
            channels = {2: 3, 6: 4}[colour_type]
        if kind == b"IDAT":
            pixels += body
        at += 12 + length
    raw, stride, counts = zlib.decompress(pixels), width * channels, {}
    above = bytearray(stride)
    for y in range(height):
        filter_kind = raw[y * (stride + 1)]
        row = bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left = row[i - channels] if i >= channels else 0
            corner = above[i - channels] if i >= channels else 0
            guess = left + above[i] - corner
            paeth = min((abs(guess - left), 0, left), (abs(guess - above[i]), 1, above[i]), (abs(guess - corner), 2, corner))[2]
            row[i] = (row[i] + (0, left, above[i], (left + above[i]) // 2, paeth)[filter_kind]) % 256
        above = row
        for x in range(0, stride, channels):
            colour = bytes(row[x:x + 3])
            counts[colour] = counts.get(colour, 0) + 1
    return counts


def look_at_speed(folder):
    """The plots of bench.py, from a history of two machines and three commits."""
    figures = [{"decode 0.5b": {"value": value, "unit": "tokens/s", "better": "more", "peer": 30},
                "mask, <go>": {"value": 100 / value, "unit": "us", "better": "less"}} for value in (40, 50, 60)]
    history = folder / "history.jsonl"
    history.write_text("".join(json.dumps({"date": "2026-11-26", "commit": f"c{place}", "machine": f"m{place // 2}",
                                           "figures": figure}) + "\n" for place, figure in enumerate(figures)))
    bench = pathlib.Path(__file__).resolve().parents[2] / "evals/bench/bench.py"
    subprocess.run([sys.executable, bench, "--plot-only", "--history", history, "--out", folder], check=True, capture_output=True)
    dom = browse(folder, "--dump-dom", (folder / "index.html").as_uri())
    assert dom.count("<figure>") == 2 and dom.count("<circle") == 3 + 2 + 3, "points are missing"
    assert "mask, &lt;go&gt;" in dom and "llama.cpp 30" in dom
    picture = folder / "speed.png"
    browse(folder, f"--screenshot={picture}", (folder / "index.html").as_uri())
    colours = colours_of(picture)
    for colour in ("0060a8", "c05000"):
        assert colours.get(bytes.fromhex(colour), 0) > 20, "a machine's points are not drawn"


def main():
    if BROWSER is None:
        print("skipped: there is no Chromium (Debian: apt-get install chromium)")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        page = make_run(sys.argv[1], folder)
        dom = browse(folder, "--dump-dom", page.as_uri())
        assert "3 of 3 tasks" in dom, "the script of the page did not run:\n" + dom[:2000]
        assert dom.count('<details class="task"') == 3
        assert "<b>" not in re.sub(r"<b>run", "", dom), "an answer became markup"
        filtered = folder / "filtered.html"
        filtered.write_text(page.read_text().replace("filter();\n</script>", "search.value = 'own/1 timeout'; filter();\n</script>"))
        dom = browse(folder, "--dump-dom", filtered.as_uri())
        assert "1 of 3 tasks" in dom, "the filter does not work"
        assert dom.count('class="refused" title="refused: &quot;)&quot;, &quot;]&quot;"') == 1, "refused tokens are not marked"
        assert "Holes filled" in dom and "breaks nothing" in dom
        picture = folder / "report.png"
        browse(folder, f"--screenshot={picture}", page.as_uri())
        colours = colours_of(picture)
        for what, colour in (("passed", "009e73"), ("wrong", "d55e00"), ("timeout", "e69f00")):
            assert colours.get(bytes.fromhex(colour), 0) > 1000, f"the bar of '{what}' is not drawn"
        look_at_speed(folder)
    print("the reports are drawn, and the filter works")
    return 0


if __name__ == "__main__":
    sys.exit(main())
