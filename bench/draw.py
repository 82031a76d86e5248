#!/usr/bin/env python3
"""Draws bench/results/*.json: docs/benchmarks.svg, and the tables between the marks in docs/benchmarks.md. No dependencies."""
import json
import math
import pathlib
from xml.sax.saxutils import escape

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
KINDS = ["endpoint", "weight", "subset", "new service"]
BEGIN, END = "<!-- results: written by bench/draw.py -->", "<!-- end of results -->"

# istiod, master of 2026-08, 1000 services x 1000 sidecars over delta, its own defaults, on the same kind of machine.
ISTIOD = {
    "ack": {"endpoint": 487, "weight": 16815, "subset": 20875, "new service": 20117},
    "cpu": {"endpoint": 657, "weight": 29925, "subset": 34830, "new service": 33490},
    "cold": 271000,
}
COLOURS = {"floor": "#9aa5b1", "amime": "#1f77b4", "istiod": "#d9822b"}


def load():
    return {path.stem: json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))}


def figure(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.3f}"


class Panel:
    """Horizontal bars on a logarithmic axis, in groups; a group is (name, [(series, value)...])."""

    BAR, GAP, LEFT, WIDTH = 13, 12, 110, 520

    def __init__(self, title, groups):
        self.title, self.groups = title, groups
        values = [value for _, bars in groups for _, value in bars if value > 0]
        self.low = 10 ** math.floor(math.log10(min(values)))
        self.high = 10 ** math.ceil(math.log10(max(values)))
        self.height = 34 + sum(len(bars) * self.BAR + self.GAP for _, bars in groups)

    def x(self, value):
        share = math.log10(max(value, self.low) / self.low) / math.log10(self.high / self.low)
        return self.LEFT + self.WIDTH * share

    def draw(self, top):
        out = [f'<text x="{self.LEFT}" y="{top + 14}" class="title">{escape(self.title)}</text>']
        bottom = top + self.height - self.GAP
        decade = self.low
        while decade <= self.high:
            x = self.x(decade)
            out.append(f'<line x1="{x:.0f}" y1="{top + 24}" x2="{x:.0f}" y2="{bottom}" class="grid"/>')
            decade *= 10
        y = top + 26
        for name, bars in self.groups:
            middle = y + len(bars) * self.BAR / 2 + 4
            out.append(f'<text x="{self.LEFT - 8}" y="{middle:.0f}" text-anchor="end">{escape(name)}</text>')
            for series, value in bars:
                width = max(1.0, self.x(value) - self.LEFT)
                out.append(f'<rect x="{self.LEFT}" y="{y}" width="{width:.0f}" height="{self.BAR - 2}" fill="{COLOURS[series]}"/>')
                out.append(f'<text x="{self.LEFT + width + 4:.0f}" y="{y + 10}" class="value">{figure(value)}</text>')
                y += self.BAR
            y += self.GAP
        return out


def draw_svg(result):
    def bars(pick, kind, reference):
        return [("floor", pick(result["floor"], kind)), ("amime", pick(result["amime"], kind)), ("istiod", reference[kind])]

    def ack(figures, kind):
        return figures["changes"][kind]["last_ack_ms"]["p50"]

    def cpu(figures, kind):
        return figures["changes"][kind]["server_cpu_ms"]

    cold = [(side, result[side]["cold_start"]["server_cpu_seconds"] * 1000) for side in ("floor", "amime")]
    panels = [
        Panel("One change: milliseconds from the write to the last proxy's ACK", [(k, bars(ack, k, ISTIOD["ack"])) for k in KINDS]),
        Panel("One change: milliseconds of server CPU", [(k, bars(cpu, k, ISTIOD["cpu"])) for k in KINDS]),
        Panel("Cold start of all proxies: milliseconds of server CPU", [("cold start", cold + [("istiod", ISTIOD["cold"])])]),
    ]
    height = 50 + sum(panel.height + 14 for panel in panels)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}" viewBox="0 0 720 {height}">',
        "<style>text{font:12px sans-serif;fill:#333}.title{font-weight:bold}.value{font-size:10px}.grid{stroke:#ddd}</style>",
        f'<rect width="720" height="{height}" fill="#fff"/>',
        f'<text x="10" y="20">{result["services"]} services, {result["proxies"]} proxies, {result["protocol"]}; logarithmic, shorter is better</text>',
    ]
    for i, (series, colour) in enumerate(COLOURS.items()):
        out.append(f'<rect x="{500 + i * 70}" y="11" width="10" height="10" fill="{colour}"/><text x="{514 + i * 70}" y="20">{series}</text>')
    top = 36
    for panel in panels:
        out += panel.draw(top)
        top += panel.height + 14
    return "\n".join(out + ["</svg>", ""])


def rows_of(result):
    amime, floor = result["amime"], result["floor"]

    def row(what, pick):
        a, f = pick(amime), pick(floor)
        return f"| {what} | {figure(a)} | {figure(f)} | {a / f:.2f} |" if f else f"| {what} | {figure(a)} | - | |"

    yield row("cold start: last proxy in sync, s", lambda x: x["cold_start"]["sync_seconds"]["max"])
    yield row("cold start: server CPU, s", lambda x: x["cold_start"]["server_cpu_seconds"])
    yield row("cold start: kB a proxy", lambda x: sum(x["cold_start"]["bytes_per_proxy"].values()) / 1000)
    yield row("cold start: peak resident, MiB", lambda x: x["cold_start"]["peak_mib"])
    yield row("idle: MiB a proxy", lambda x: (x["idle"]["resident_mib"] - x["idle"]["empty_mib"]) / result["proxies"])
    yield row("idle: MiB a further proxy", lambda x: x["idle"]["further_proxy_mib"])
    for kind in KINDS:
        for quantile in ("p50", "p99", "max"):
            yield row(f"{kind}: last ACK {quantile}, ms", lambda x, q=quantile: x["changes"][kind]["last_ack_ms"][q])
        yield row(f"{kind}: server CPU, ms", lambda x: x["changes"][kind]["server_cpu_ms"])
        yield row(f"{kind}: bytes a proxy", lambda x: x["changes"][kind]["bytes_per_proxy"])


def tables(results):
    for name, result in results.items():
        yield f"### {result['services']} services, {result['proxies']} proxies, {result['protocol']}"
        yield ""
        yield f"bench/results/{name}.json, commit {result['commit']}, {result['date']}; {result['changes_of_each_kind']} changes of each kind."
        yield ""
        yield "| | amime | floor | ratio |"
        yield "|---|---:|---:|---:|"
        yield from rows_of(result)
        yield ""
        yield "| bar | figure | bound | |"
        yield "|---|---:|---:|---|"
        for bar in result["bars"]:
            yield f"| {bar['what']} | {bar['figure']:.2f} | {bar['bound']} | {'held' if bar['held'] else '**not held**'} |"
        yield ""


def main():
    results = load()
    if not results:
        raise SystemExit("no results in " + str(RESULTS))
    main_result = results.get("delta-1000x1000") or next(iter(results.values()))
    (ROOT / "docs" / "benchmarks.svg").write_text(draw_svg(main_result))
    page = ROOT / "docs" / "benchmarks.md"
    text = page.read_text()
    before, after = text[: text.index(BEGIN)], text[text.index(END):]
    page.write_text(before + BEGIN + "\n" + "\n".join(tables(results)) + after)


if __name__ == "__main__":
    main()
