"""The modules, their groups and who imports whom, read from the source.

Run as a script, it writes docs/house.svg and the list of modules in docs/architecture.md.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import drawing
from attrs import frozen

ROOT = Path(__file__).parent.parent.parent
PICTURE = ROOT / "docs" / "house.svg"
PAGE = ROOT / "docs" / "architecture.md"
COMMAND = "PYTHONPATH=tests python tests/contributing/house.py"
PACKAGE = "cognito_async"
GENERATOR = "codegen"


@frozen
class Group:
    """Modules that belong together."""

    name: str
    purpose: str
    modules: tuple[str, ...]
    """Names inside the package; modules of the generator with the name of theirs before."""


PUBLIC = Group("Public surface", "what users import", (PACKAGE, "client"))
"""Also home of every public module that no other group names."""

GROUPS = (
    PUBLIC,
    Group("Generated packages", "from botocore's model", ("operations", "types", "errors", "endpoints")),
    Group("Lists", "pages, items and resume tokens", ("pagination", "_paginating", "_resume")),
    Group(
        "Pipeline",
        "one call: deadline, attempts, retries",
        ("_pipeline", "_call", "retry", "_error_body", "_agent"),
    ),
    Group("Settings", "argument, environment, file", ("config", "_settings", "_checks", "_profile")),
    Group(
        "Credentials and signing",
        "whose request it is",
        ("credentials", "_providers", "_refresh", "_chain", "_signer"),
    ),
    Group(
        "Codec",
        "between attrs classes and JSON",
        ("_codec", "_writing", "_reading", "_fast_reading", "_annotations", "_timestamps"),
    ),
    Group("Transport", "all that knows aiohttp", ("_transport", "_aiohttp", "_traffic", "_tls")),
    Group(
        "Foundation",
        "what the others are made of",
        (
            *("_model", "_record", "_errors", "_problems", "_protocol"),
            *("_headers", "_single_flight", "_lazy", "_version"),
        ),
    ),
    Group(
        "Generator",
        "python -m codegen, not in the wheel",
        tuple(
            f"{GENERATOR}.{name}"
            for name in (
                *("__main__", "load", "consistency", "build", "ir", "names", "docs"),
                *("pagination", "endpoints", "describe", "render", "surface"),
            )
        ),
    ),
)
GENERATED = GROUPS[1]


# What the source says


@frozen
class Module:
    """A module by hand, or a generated package as a whole."""

    name: str
    purpose: str
    now: frozenset[str]
    """What is imported with it."""

    later: frozenset[str]
    """What is imported when something in it is first used."""

    index: frozenset[str]
    """What is imported at once; less than ``now`` for a package, whose files wait for their first use."""


def _statements(node: ast.AST, *, later: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Imports in a tree, and whether they wait: in functions, and those of names that are loaded lazily."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield node, later
    elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        for child in node.body:
            yield from _statements(child, later=True)
        for child in node.orelse:
            yield from _statements(child, later=later)
    else:
        waits = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.iter_child_nodes(node):
            yield from _statements(child, later=later or waits)


def _name(path: Path, root: Path) -> str:
    """Name of a module as the groups have it; a generated package has one for all its files."""
    parts = path.relative_to(root).with_suffix("").parts
    if parts[-1] == "__init__":
        parts = parts[:-1]
    if parts[0] == PACKAGE:
        return parts[1] if len(parts) > 1 else PACKAGE
    return ".".join(parts)


def _sources(root: Path) -> dict[str, list[Path]]:
    files: dict[str, list[Path]] = {}
    # The index of a package, __init__.py, sorts before its areas.
    for pattern in (f"{PACKAGE}/*.py", f"{PACKAGE}/*/*.py", f"{GENERATOR}/*.py"):
        for path in sorted(root.glob(pattern)):
            files.setdefault(_name(path, root), []).append(path)
    files.pop(GENERATOR, None)  # says what the generator is, and has no code
    return files


def read_modules(root: Path = ROOT) -> dict[str, Module]:
    """Every module with what it imports of the others."""
    sources = _sources(root)

    def home(dotted: str) -> str | None:
        """Group name of the longest beginning that is a module of ours."""
        parts = dotted.split(".")
        if parts[0] == PACKAGE:
            return parts[1] if len(parts) > 1 and parts[1] in sources else PACKAGE
        name = ".".join(parts[:2])
        return name if name in sources else None

    def imports_of(name: str, paths: Sequence[Path]) -> dict[str, bool]:
        imports: dict[str, bool] = {}
        for path in paths:
            for statement, later in _statements(ast.parse(path.read_text(encoding="utf-8"))):
                for found in filter(None, map(home, _targets(statement))):
                    imports[found] = imports.get(found, True) and later
        imports.pop(name, None)
        return imports

    modules: dict[str, Module] = {}
    for name, paths in sources.items():
        imports, index = imports_of(name, paths), imports_of(name, paths[:1])
        modules[name] = Module(
            name=name,
            purpose=_purpose(paths[0]),
            now=frozenset(target for target, later in imports.items() if not later),
            later=frozenset(target for target, later in imports.items() if later),
            index=frozenset(target for target, later in index.items() if not later),
        )
    return modules


def _targets(statement: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    return [f"{statement.module}.{alias.name}" for alias in statement.names]


def _purpose(path: Path) -> str:
    """First sentence of the docstring of a module."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = " ".join(text.split("\n\n")[0].replace("``", "`").split())
    return first.partition(". ")[0].rstrip(".:")


def grouped(modules: dict[str, Module]) -> list[tuple[Group, list[str]]]:
    """Groups with their modules.

    Raises:
        ValueError: A module has no group, or a group names a module that is not there.
    """
    named = {name for group in GROUPS for name in group.modules}
    gone = sorted(named - modules.keys())
    homeless = sorted(name for name in modules.keys() - named if name.rpartition(".")[2].startswith("_"))
    homeless += sorted(name for name in modules.keys() - named if name.startswith(f"{GENERATOR}."))
    if gone or homeless:
        raise ValueError(
            f"GROUPS in tests/contributing/house.py: give a group to {', '.join(dict.fromkeys(homeless)) or 'nothing'}, "
            f"take out {', '.join(gone) or 'nothing'}"
        )
    others = sorted(modules.keys() - named)
    return [(group, [*group.modules, *(others if group is PUBLIC else ())]) for group in GROUPS]


def group_imports(modules: dict[str, Module]) -> dict[tuple[str, str], bool]:
    """Who imports whom by group, and whether only when first used."""
    home = {name: group.name for group, names in grouped(modules) for name in names}
    arrows: dict[tuple[str, str], bool] = {}
    for module in modules.values():
        for target in sorted(module.now | module.later):
            arrow = home[module.name], home[target]
            if arrow[0] != arrow[1]:
                arrows[arrow] = arrows.get(arrow, True) and target in module.later
    return dict(sorted(arrows.items()))


def loaded_with_client(modules: dict[str, Module]) -> set[str]:
    """What ``from cognito_async import CognitoClient`` loads; of generated packages only their index."""
    found: set[str] = set()
    ahead = [PACKAGE, "client"]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += modules[name].index
    return found


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
        drawing.path([(178, 20), (202, 20)], "s8"),
        drawing.text(208, 24, "imports", "small"),
        drawing.path([(282, 20), (306, 20)], "s8 later"),
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
        drawing.path([(_LEFT, start + 20), (x, start + 20), (x, end), (_LEFT - 8, end)], "s9 thick"),
        f'<path class="f9" d="M{_LEFT - 1} {end:g} l-9 -5.5 v11 z"/>',
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
    return ", ".join(f"`{name}`" for name in sorted(names, key=lambda name: name.strip("_")))


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
