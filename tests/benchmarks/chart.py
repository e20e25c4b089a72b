"""A bar chart of the comparison, as SVG with colors for light and dark mode."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from benchmarks.clients import BASELINE, OURS
from benchmarks.measure import Turn, median_cpu, ratio

WIDTH, LABEL, BAR, GAP, PANEL = 760, 160, 22, 8, 34
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


def draw(results: Mapping[tuple[str, int], Mapping[str, list[Turn]]], title: str) -> str:
    """Return a chart with a panel for each of two operations; shorter is better."""
    parts: list[str] = []
    y = 52
    for operation, caption in OPERATIONS.items():
        seen = results[operation, 32]
        parts.append(f'<text class="panel" x="0" y="{y}">{escape(caption)}</text>')
        y += 12
        longest = max(median_cpu(turns) for turns in seen.values())
        for name, turns in seen.items():
            cpu = median_cpu(turns)
            length = max(1.0, cpu / longest * (WIDTH - LABEL - 130))
            text = f"{cpu:,.0f} us"
            if name != BASELINE:
                text += f", {ratio(turns, seen[BASELINE]):.2f}x"
            kind = "bar ours" if name == OURS else "bar"
            middle = y + BAR / 2 + 4.5
            parts += [
                f'<text x="{LABEL - 10}" y="{middle}" text-anchor="end">{escape(name)}</text>',
                f'<rect class="{kind}" x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" rx="3"/>',
                f'<text x="{LABEL + length + 8:.1f}" y="{middle}">{escape(text)}</text>',
            ]
            y += BAR + GAP
        y += PANEL - GAP
    height = y - PANEL + 12
    body = "\n".join(f"  {part}" for part in parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}; shorter is better">\n'
        f"  <style>{STYLE}  </style>\n"
        f'  <text class="title" x="0" y="18">{escape(title)}; shorter is better</text>\n{body}\n</svg>\n'
    )
