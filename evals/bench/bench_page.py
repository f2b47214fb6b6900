"""Figures over commits as one HTML page that needs nothing else: a small plot for each figure."""
import html

WIDTH, HEIGHT, LEFT, BOTTOM = 320, 120, 8, 18
STYLE = """
:root { color-scheme: light dark; --ink: #1d232a; --soft: #5a6672; --faint: #e3e7eb; --page: #fff; --0: #0060a8; --1: #c05000; --2: #007a5a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --soft: #9aa6b2; --faint: #323a42; --page: #14181c; --0: #5fb0f2; --1: #f09a55; --2: #46c79c; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 0 auto; max-width: 1060px; padding: 24px 20px 60px; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); gap: 20px; } h1 { font-size: 24px; } figure { margin: 0; }
figcaption { font-weight: 600; font-size: 14px; } .soft { color: var(--soft); font-weight: 400; } svg { width: 100%; height: auto; }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft); } .grid { stroke: var(--faint); } .line { fill: none; stroke-width: 2; }
.peer { stroke-dasharray: 4 3; stroke: var(--soft); fill: none; } .key { display: inline-block; width: 10px; height: 10px; border-radius: 5px; margin: 0 5px 0 14px; }
"""


def points_of(history, machine, name, key):
    """(place in the history, value) of the commits that have it."""
    points = []
    for place, entry in enumerate(history):
        figure = entry["figures"].get(name, {})
        if entry["machine"] == machine and figure.get(key) is not None:
            points.append((place, figure[key]))
    return points


def plot(history, machines, name):
    figures = [entry["figures"][name] for entry in history if name in entry["figures"]]
    top = max(max(figure["value"], figure.get("peer") or 0) for figure in figures) * 1.08 or 1
    step = (WIDTH - LEFT - 70) / max(1, len(history) - 1)

    def at(point):
        return f"{LEFT + point[0] * step:.1f},{HEIGHT - BOTTOM - point[1] / top * (HEIGHT - BOTTOM - 6):.1f}"

    parts = [f'<line class="grid" x1="0" y1="{HEIGHT - BOTTOM}" x2="{WIDTH}" y2="{HEIGHT - BOTTOM}"/>']
    for number, machine in enumerate(machines):
        points = points_of(history, machine, name, "value")
        peers = points_of(history, machine, name, "peer")
        if len(peers) > 1:
            parts.append(f'<polyline class="peer" points="{" ".join(map(at, peers))}"/>')
        if len(points) > 1:
            parts.append(f'<polyline class="line" style="stroke:var(--{number % 3})" points="{" ".join(map(at, points))}"/>')
        for point in points:
            entry = history[point[0]]
            x, y = at(point).split(",")
            title = f"{entry['commit']} {entry['date']}: {point[1]:g}"
            parts.append(f'<circle cx="{x}" cy="{y}" r="3.5" style="fill:var(--{number % 3})"><title>{html.escape(title)}</title></circle>')
        if points:
            x, y = at(points[-1]).split(",")
            parts.append(f'<text x="{float(x) + 7:.1f}" y="{float(y) + 4:.1f}">{points[-1][1]:g}</text>')
        for point in peers[-1:]:
            x, y = at(point).split(",")
            parts.append(f'<circle cx="{x}" cy="{y}" r="2.5" class="peer"/><text x="{float(x) + 7:.1f}" y="{float(y) + 4:.1f}">llama.cpp {point[1]:g}</text>')
    for place in (0, len(history) - 1):
        anchor = "start" if place == 0 else "end"
        x = 0 if place == 0 else WIDTH
        if place == 0 or len(history) > 1:
            parts.append(f'<text x="{x}" y="{HEIGHT - 4}" text-anchor="{anchor}">{html.escape(history[place]["commit"])}</text>')
    figure = figures[-1]
    wanted = "higher is better" if figure["better"] == "more" else "lower is better"
    return (f'<figure><figcaption>{html.escape(name)} <span class="soft">{html.escape(figure["unit"])}, {wanted}</span></figcaption>'
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(name)} over commits">{"".join(parts)}</svg></figure>')


def page_of(history):
    machines = list(dict.fromkeys(entry["machine"] for entry in history))
    names = list(dict.fromkeys(name for entry in history for name in entry["figures"]))
    keys = "".join(f'<span class="key" style="background:var(--{number % 3})"></span>{html.escape(machine)}'
                   for number, machine in enumerate(machines))
    plots = "\n".join(plot(history, machines, name) for name in names)
    return (f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Espalier: speed over commits</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body>'
            f'<h1>Espalier: speed over commits</h1><p class="soft">{keys}<br>Axes begin at zero. Dashed: llama.cpp in the same run.</p>'
            f'<div class="plots">{plots}</div></body></html>\n')
