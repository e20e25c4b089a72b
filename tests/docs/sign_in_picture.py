"""Draws the steps of a sign-in for wide and for narrow screens; run as a script, it writes both pictures.

The pictures are SVG with colors for light and dark mode.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

DOCS = Path(__file__).parent.parent.parent / "docs"
LABEL = (
    "From a start, over steps for the first factor, for a new account and for the second factor, to SignedIn"
)
NOTE = ("A sign-in has only the steps that it needs:", "often none between start and end.")
PANELS = {
    "Start": ("sign_in", "sign_in_with", "custom"),
    "First factor": (
        "MethodChoiceRequired", "PasswordRequired", "PasskeyRequired",
        "EmailCodeRequired", "SmsCodeRequired", "CustomChallenge",
    ),
    "New account": ("NewPasswordRequired",),
    "Second factor": (
        "MfaChoiceRequired", "TotpRequired", "SmsCodeRequired",
        "EmailCodeRequired", "MfaSetupChoiceRequired", "TotpSetupRequired",
    ),
    "End": ("SignedIn",),
}  # fmt: skip
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .name { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
  .panel { fill: none; stroke: #9aa4b2 }
  .end { stroke: #2f6fde; stroke-width: 2 }
  path { fill: none; stroke: #57606a; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #d5dbe3 }
    .panel { stroke: #5d6875 }
    .end { stroke: #6aa0ff }
    path { stroke: #9aa4b2 }
  }
"""
ROW, PAD, ARROW, HEAD = 22, 11, 28, 26
CHARACTER = 8
"""Width of a character of a name, at most."""

NARROW = 400


def draw() -> str:
    """Return the picture for wide screens: the panels from left to right."""
    height = ROW * max(map(len, PANELS.values())) + 16
    parts: list[str] = []
    x = 1
    for title, names in PANELS.items():
        if x > 1:
            parts.append(f'<path d="M{x - 23} 100 h18 m-6 -5 l6 5 l-6 5"/>')
        width = 2 * PAD + CHARACTER * max(map(len, (*names, title)))
        parts += _panel(title, x, 0, width, height)
        first = HEAD + height / 2 - ROW * (len(names) - 1) / 2 + 4.5
        parts += [_name(name, x + PAD, first + ROW * row) for row, name in enumerate(names)]
        x += width + ARROW
    parts.append(f'<text x="12" y="{height + 52}">{" ".join(NOTE)}</text>')
    return _svg(x - ARROW + 1, height + 66, parts)


def draw_narrow() -> str:
    """Return the picture for narrow screens: the panels below one another, names in two columns."""
    parts: list[str] = []
    y = 0
    for title, names in PANELS.items():
        if y:
            parts.append(f'<path d="M{NARROW / 2} {y - 19} v18 m-5 -6 l5 6 l5 -6"/>')
        height = ROW * ((len(names) + 1) // 2) + 12
        parts += _panel(title, 1, y, NARROW - 2, height)
        for place, name in enumerate(names):
            row, column = divmod(place, 2)
            parts.append(_name(name, 1 + PAD + column * (NARROW // 2 - 10), y + HEAD + ROW * row + 21.5))
        y += HEAD + height + ARROW - 4
    parts += [f'<text x="12" y="{y + 18 * line}">{text}</text>' for line, text in enumerate(NOTE)]
    return _svg(NARROW, y + 26, parts)


def _panel(title: str, x: int, y: int, width: int, height: int) -> list[str]:
    kind = "panel end" if title == "End" else "panel"
    return [
        f'<text class="title" x="{x + PAD}" y="{y + 16}">{title}</text>',
        f'<rect class="{kind}" x="{x}" y="{y + HEAD}" width="{width}" height="{height}" rx="6"/>',
    ]


def _name(name: str, x: int, y: float) -> str:
    return f'<text class="name" x="{x}" y="{y}">{name}</text>'


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    body = "\n".join(f"  {part}" for part in parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{LABEL}">\n  <style>{STYLE}  </style>\n{body}\n</svg>\n'
    )


PICTURES = {"sign-in.svg": draw, "sign-in-narrow.svg": draw_narrow}

if __name__ == "__main__":
    for file, drawn in PICTURES.items():
        (DOCS / file).write_text(drawn(), encoding="utf-8")
