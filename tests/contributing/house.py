"""The picture of the modules and the imports between their groups, and the list of every module.

Run as a script, it writes docs/house.svg and the list in docs/architecture.md.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import drawing
from module_groups import (
    GENERATED,
    GENERATOR,
    GROUPS,
    ROOT,
    Group,
    Module,
    group_imports,
    grouped,
    loaded_with_client,
    read_modules,
)

PICTURE = ROOT / "docs" / "house.svg"
PAGE = ROOT / "docs" / "architecture.md"
COMMAND = "PYTHONPATH=tests python tests/contributing/house.py"

# The picture

_LEFT, _PANEL, _LANE = 34, 332, 12
_BOX_HEIGHT, _BOX_GAP, _PANEL_GAP = 25, 6, 14
_CHARACTER = 7.3
"""Width of a character of a module's name."""


def _rows(names: Sequence[str]) -> list[list[tuple[str, float]]]:
    """Names in rows that fit a panel, each with the width of its box."""
    rows: list[list[tuple[str, float]]] = [[]]
    left = 0.0
    for name in names:
        width = len(name) * _CHARACTER + 16
        if left + width > _PANEL - 20:
            rows.append([])
            left = 0.0
        rows[-1].append((name, width))
        left += width + _BOX_GAP
    return rows


def _shown(name: str) -> str:
    return name.removeprefix(f"{GENERATOR}.")


def draw(modules: dict[str, Module]) -> str:
    """Return the picture of the house."""
    groups = grouped(modules)
    arrows = group_imports(modules)
    early = loaded_with_client(modules)
    parts: list[str] = []
    places: dict[str, tuple[float, float]] = {}
    y = 124.0
    for number, (group, names) in enumerate(groups):
        rows = _rows([_shown(name) for name in names])
        height = 44 + len(rows) * (_BOX_HEIGHT + _BOX_GAP)
        kind = {"Generated packages": "generated", "Generator": "generator"}.get(group.name, "hand")
        full = dict(zip(map(_shown, names), names, strict=True))
        parts += [
            f'<g class="{kind}">',
            drawing.rect((_LEFT, y, _PANEL, height), "panel", 7),
            drawing.rect((_LEFT, y, 5, height), f"f{number}", 2),
            drawing.text(_LEFT + 14, y + 20, group.name, "heading"),
            drawing.text(_LEFT + _PANEL - 10, y + 20, group.purpose, "small faint", anchor="end"),
        ]
        places[group.name] = (y, height)
        for row, boxes in enumerate(rows):
            top = y + 34 + row * (_BOX_HEIGHT + _BOX_GAP)
            x = _LEFT + 12.0
            for name, width in boxes:
                waits = kind != "generator" and full[name] not in early
                bold = " bold" if not name.startswith("_") and kind == "hand" else ""
                parts += [
                    drawing.rect((x, top, width, _BOX_HEIGHT), "box later" if waits else "box"),
                    drawing.text(x + width / 2, top + 16.5, name, f"code{bold}", anchor="middle"),
                ]
                x += width + _BOX_GAP
        parts.append("</g>")
        y += height + _PANEL_GAP
    lanes, width = _lanes(arrows, places)
    parts += [*_legend(), *_writes(places), *lanes]
    title = "Who imports whom in cognito_async"
    description = "; ".join(
        f"{group.name} imports {', '.join(_targets_of(group, arrows)) or 'nothing'}" for group in GROUPS
    )
    return drawing.svg(title, description, (round(width), round(y + 2)), parts)


def _targets_of(group: Group, arrows: dict[tuple[str, str], bool]) -> list[str]:
    return [
        f"{other.name} (when first used)" if arrows[group.name, other.name] else other.name
        for other in GROUPS
        if (group.name, other.name) in arrows
    ]


def _legend() -> list[str]:
    """What the boxes and lines mean, under the title."""
    return [
        f'<g transform="translate({_LEFT} 56)">',
        drawing.rect((0, -12, 24, 15), "box"),
        drawing.text(30, 0, "by hand, public in bold", "small"),
        f'<g class="generated">{drawing.rect((178, -12, 24, 15), "box")}</g>',
        drawing.text(208, 0, "generated", "small"),
        f'<g class="generator">{drawing.rect((282, -12, 24, 15), "box")}</g>',
        drawing.text(312, 0, "generator", "small"),
        drawing.rect((0, 12, 24, 15), "box later"),
        drawing.text(30, 24, "loaded when first used", "small"),
        drawing.path([(178, 20), (202, 20)], "outline"),
        drawing.text(208, 24, "imports", "small"),
        drawing.path([(282, 20), (306, 20)], "outline later"),
        drawing.text(312, 24, "when first used", "small"),
        drawing.text(0, 48, "A line leaves a group at its dot and points at what it imports.", "small faint"),
        "</g>",
    ]


def _writes(places: dict[str, tuple[float, float]]) -> list[str]:
    """The arrow that is no import: the generator writes the generated packages."""
    x = _LEFT - 16
    (top, height), (start, _) = places[GENERATED.name], places[GROUPS[-1].name]
    end, middle = top + height / 2, (top + start) / 2 + 60
    label = drawing.text(0, 0, "writes", "small", anchor="middle")
    return [
        drawing.path([(_LEFT, start + 20), (x, start + 20), (x, end), (_LEFT - 8, end)], "thick outline"),
        f'<path class="neutral" d="M{_LEFT - 1} {end:g} l-9 -5.5 v11 z"/>',
        f'<g transform="translate({x - 6} {middle:g}) rotate(-90)">{label}</g>',
    ]


def _lanes(
    arrows: dict[tuple[str, str], bool], places: dict[str, tuple[float, float]]
) -> tuple[list[str], float]:
    """A lane for each group that imports, beside the panels: down or up, and back in at what is imported."""
    order = [group.name for group in GROUPS]
    reach = {
        name: max(
            (abs(order.index(name) - order.index(target)) for source, target in arrows if source == name),
            default=0,
        )
        for name in order
    }
    lane_of = {
        name: lane
        for lane, name in enumerate(
            sorted((name for name in order if reach[name]), key=lambda name: reach[name])
        )
    }
    right = _LEFT + _PANEL

    def height_at(name: str, source: str) -> float:
        """Where in the side of a panel an arrow from ``source`` ends; lower for outer lanes, so that none meet."""
        top, height = places[name]
        incoming = sorted(
            (other for other, target in arrows if target == name), key=lambda other: lane_of[other]
        )
        return top + 20 + (height - 28) * (incoming.index(source) + 1) / (len(incoming) + 1)

    parts: list[str] = []
    for name, lane in lane_of.items():
        number = order.index(name)
        x = right + 26 + lane * _LANE
        start = places[name][0] + 11
        for (source, target), later in arrows.items():
            if source == name:
                end = height_at(target, name)
                dashed = " later" if later else ""
                parts += [
                    drawing.path(
                        [(right, start), (x, start), (x, end), (right + 8, end)], f"s{number}{dashed}"
                    ),
                    drawing.arrow_head(right + 1, end, f"f{number}"),
                ]
        parts.append(f'<circle class="f{number}" cx="{right}" cy="{start:g}" r="4"/>')
    return parts, right + 26 + len(lane_of) * _LANE + 4


# The list of modules in the page

START, END = f"<!-- Written by `{COMMAND}`, down to the end mark. -->", "<!-- End of what is written. -->"


def listing(modules: dict[str, Module]) -> str:
    """Every module, what it is for and what it imports, for the page."""
    lines: list[str] = []
    for group, names in grouped(modules):
        lines += [f"### {group.name}", ""]
        for name in names:
            module = modules[name]
            told = [f"**`{_shown(name)}`**: {module.purpose}."]
            if module.now:
                told.append(f"Imports {_listed(module.now)}.")
            if module.later:
                told.append(f"When first used: {_listed(module.later)}.")
            lines.append(f"- {' '.join(told)}")
        lines.append("")
    return "\n".join(lines)


def _listed(names: frozenset[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names, key=lambda name: (name.strip("_"), name)))


def page(modules: dict[str, Module], text: str) -> str:
    """The text of the page with the list of modules as it is now."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{listing(modules)}\n{END}{after}"


def main() -> None:
    """Write picture and list."""
    modules = read_modules()
    PICTURE.write_text(draw(modules), encoding="utf-8")
    PAGE.write_text(page(modules, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}, {PAGE.relative_to(ROOT)}: {len(modules)} modules\n")


if __name__ == "__main__":
    main()
