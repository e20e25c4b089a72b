"""Bar charts of the comparison, as SVG with colors for light and dark mode: one for wide and one for narrow screens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from benchmarks.clients import BASELINE, OURS
from benchmarks.measure import Turn, median_cpu, ratio

OPERATIONS = {"AdminGetUser": "AdminGetUser", "ListUsers": "ListUsers, 60 users"}
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600; font-size: 15px }
  .panel { font-weight: 600 }
  .bar { fill: #9aa4b2 }
  .ours { fill: #2f6fde }
  @media (prefers-color-scheme: dark) {
    text { fill: #d5dbe3 }
    .bar { fill: #5d6875 }
    .ours { fill: #6aa0ff }
  }
"""
# Wide: the name before the bar and the figure behind it.
WIDTH, LABEL, BAR, GAP, PANEL = 760, 160, 22, 8, 34
# Narrow: both above the bar.
NARROW, THIN = 360, 14


class Bar(NamedTuple):
    """One client of a panel."""

    name: str
    cpu: float
    """Microseconds per call."""

    text: str


Panels = Mapping[str, Sequence[Bar]]


def panels(results: Mapping[tuple[str, int], Mapping[str, list[Turn]]]) -> Panels:
    """Return the bars of two operations, by caption."""
    shown = {}
    for operation, caption in OPERATIONS.items():
        seen = results[operation, 32]
        bars = []
        for name, turns in seen.items():
            text = f"{median_cpu(turns):,.0f} us"
            if name != BASELINE:
                text += f", {ratio(turns, seen[BASELINE]):.2f}x"
            bars.append(Bar(name, median_cpu(turns), text))
        shown[caption] = bars
    return shown


def draw(shown: Panels, title: str) -> str:
    """Return a chart for wide screens; shorter is better."""
    parts = [f'<text class="title" x="0" y="18">{escape(title)}; shorter is better</text>']
    y = 52
    for caption, bars in shown.items():
        parts.append(f'<text class="panel" x="0" y="{y}">{escape(caption)}</text>')
        y += 12
        longest = max(bar.cpu for bar in bars)
        for bar in bars:
            length = max(1.0, bar.cpu / longest * (WIDTH - LABEL - 130))
            middle = y + BAR / 2 + 4.5
            parts += [
                f'<text x="{LABEL - 10}" y="{middle}" text-anchor="end">{escape(bar.name)}</text>',
                f'<rect class="{_kind(bar)}" x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" rx="3"/>',
                f'<text x="{LABEL + length + 8:.1f}" y="{middle}">{escape(bar.text)}</text>',
            ]
            y += BAR + GAP
        y += PANEL - GAP
    return _svg(WIDTH, y - PANEL + 12, title, parts)


def draw_narrow(shown: Panels, title: str) -> str:
    """Return the same chart for narrow screens; the title is on two lines."""
    first, _, second = title.partition(", ")
    parts = [
        f'<text class="title" x="0" y="18">{escape(first)}</text>',
        f'<text x="0" y="38">{escape(second)}; shorter is better</text>',
    ]
    y = 72
    for caption, bars in shown.items():
        parts.append(f'<text class="panel" x="0" y="{y}">{escape(caption)}</text>')
        longest = max(bar.cpu for bar in bars)
        y += 26
        for bar in bars:
            length = max(1.0, bar.cpu / longest * NARROW)
            parts += [
                f'<text x="0" y="{y}">{escape(bar.name)}</text>',
                f'<text x="{NARROW}" y="{y}" text-anchor="end">{escape(bar.text)}</text>',
                f'<rect class="{_kind(bar)}" x="0" y="{y + 6}" width="{length:.1f}" height="{THIN}" rx="3"/>',
            ]
            y += THIN + 30
        y += 12
    return _svg(NARROW, y - 36, title, parts)


def _kind(bar: Bar) -> str:
    return "bar ours" if bar.name == OURS else "bar"


def _svg(width: int, height: float, title: str, parts: Sequence[str]) -> str:
    body = "\n".join(f"  {part}" for part in parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(title)}; shorter is better">\n'
        f"  <style>{STYLE}  </style>\n{body}\n</svg>\n"
    )
