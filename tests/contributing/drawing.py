"""SVG for the pages of contributors: a title, a ground of its own, and colors for a light and a dark page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise

# One hue for each group of modules, for a light and for a dark ground.
HUES = (
    ("#2f6fde", "#7aa8ff"),
    ("#8a5a2b", "#d6a878"),
    ("#5f7a12", "#b5d061"),
    ("#c98a00", "#f0c05a"),
    ("#c0392b", "#ff8f82"),
    ("#7a4fd0", "#b79bff"),
    ("#0b6fa4", "#6cc0ee"),
    ("#b03a86", "#f08ccb"),
    ("#1d8348", "#6fd49a"),
    ("#0f8a8a", "#5fd0cf"),
    ("#6a7686", "#aab6c8"),
    ("#24292f", "#dfe4ea"),
)
_LIGHT = """
  .ground { fill: #ffffff; stroke: #d8dee6 }
  .panel { fill: #f6f8fa; stroke: #d8dee6 }
  .box { fill: #e8f0fe; stroke: #7ba3e8 }
  .generated .box { fill: #fff1d6; stroke: #dba648 }
  .generator .box { fill: #eeeeee; stroke: #9b9b9b }
  text { fill: #24292f }
  .faint { fill: #57606a }
  .failure { fill: #d1242f }
  .again { stroke: #d1242f }
  .open { fill: #ffffff }
"""
_DARK = """
  .ground { fill: #15181d; stroke: #343b45 }
  .panel { fill: #1c2128; stroke: #343b45 }
  .box { fill: #1e3252; stroke: #4a76bd }
  .generated .box { fill: #463414; stroke: #b0823a }
  .generator .box { fill: #33373d; stroke: #7d848d }
  text { fill: #dfe4ea }
  .faint { fill: #a5afbb }
  .failure { fill: #ff8f82 }
  .again { stroke: #ff8f82 }
  .open { fill: #15181d }
"""
_FORM = """
  text { font: 13px system-ui, sans-serif }
  .title { font-weight: 600; font-size: 16px }
  .heading { font-weight: 600; font-size: 14px }
  .small { font-size: 12px }
  .code { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
  .bold { font-weight: 600 }
  .later { stroke-dasharray: 4 3 }
  .line { fill: none; stroke-width: 1.6 }
  .thick { stroke-width: 3 }
  .track { stroke-width: 1; opacity: 0.35 }
  .way { stroke: #8b949e; stroke-width: 3; stroke-linejoin: round }
  .outline { stroke: #8b949e }
  .neutral { fill: #8b949e }
  .stop { stroke-width: 2 }
"""


def _hues(which: int) -> str:
    rules = [
        f"  .s{n} {{ stroke: {hues[which]} }} .f{n} {{ fill: {hues[which]} }}" for n, hues in enumerate(HUES)
    ]
    return "\n".join(rules) + "\n"


def svg(title: str, description: str, size: tuple[int, int], parts: Sequence[str]) -> str:
    """Return a picture with a title that is shown too, and a description for those who cannot see it."""
    width, height = size
    dark = f"{_DARK}{_hues(1)}".replace("\n", "\n  ").rstrip()
    size_and_role = (
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-labelledby="title description"'
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size_and_role}>',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="description">{escape(description)}</desc>',
        f"<style>{_FORM}{_LIGHT}{_hues(0)}  @media (prefers-color-scheme: dark) {{{dark}\n  }}\n</style>",
        f'<rect class="ground" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="10"/>',
        text(18, 32, title, "title"),
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def text(x: float, y: float, words: str, kind: str = "", *, anchor: str = "") -> str:
    """Return a line of text; ``anchor`` is where of it ``x`` is, its start if nothing is said."""
    about = "".join(
        f' {name}="{value}"' for name, value in (("class", kind), ("text-anchor", anchor)) if value
    )
    return f'<text{about} x="{x:g}" y="{y:g}">{escape(words)}</text>'


def rect(box: tuple[float, float, float, float], kind: str, radius: float = 5) -> str:
    """Return a rectangle: left, top, width and height."""
    x, y, width, height = box
    return f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}"/>'


def path(points: Sequence[tuple[float, float]], kind: str, radius: float = 6) -> str:
    """Return a line through points, its corners rounded."""
    (x, y), *rest = points
    words = [f"M{x:g} {y:g}"]
    for (ax, ay), (bx, by) in pairwise([*rest, rest[-1]]):
        words += _corner((x, y), (ax, ay), (bx, by), radius)
        x, y = ax, ay
    return f'<path class="line {kind}" d="{" ".join(words)}"/>'


def _corner(
    before: tuple[float, float], corner: tuple[float, float], after: tuple[float, float], radius: float
) -> list[str]:
    if corner == after:
        return [f"L{corner[0]:g} {corner[1]:g}"]

    def near(other: tuple[float, float]) -> str:
        dx, dy = other[0] - corner[0], other[1] - corner[1]
        length = max(abs(dx), abs(dy))
        share = min(radius, length / 2) / length
        return f"{corner[0] + dx * share:g} {corner[1] + dy * share:g}"

    return [f"L{near(before)}", f"Q{corner[0]:g} {corner[1]:g} {near(after)}"]


def arrow_head(x: float, y: float, kind: str) -> str:
    """Return the head of an arrow that comes from the right and ends at a point."""
    return f'<path class="{kind}" d="M{x:g} {y:g} l8 -4.5 v9 z"/>'


def arrow_down(x: float, y: float) -> str:
    """Return the head of an arrow that comes from above and ends at a point."""
    return f'<path class="neutral" d="M{x:g} {y:g} l-6 -10 h12 z"/>'
