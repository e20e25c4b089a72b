"""The pictures and the style sheet of the site: they fit on phones, and are readable in light and dark mode."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from docs.sign_in_picture import PICTURES

from benchmarks.chart import Bar, Panels, draw, draw_narrow, panels
from benchmarks.measure import Turn

DOCS = Path(__file__).parents[2] / "docs"
SVG = "{http://www.w3.org/2000/svg}"
FILES = sorted(DOCS.glob("*.svg"))
NARROW = [path for path in FILES if path.stem.endswith("-narrow")]
WIDE = [path for path in FILES if path not in NARROW]
STYLES = (DOCS / "_static" / "site.css").read_text(encoding="utf-8")
ON_PHONES = re.sub(r"\s+", " ", STYLES.partition("/* Phones */")[2])
BACKGROUNDS = {"light": "#ffffff", "dark": "#131416"}
TITLE = "CPU per call on CPython 3.11, 32 calls in flight"


def name_of(path: Path) -> str:
    return path.name


def words(path: Path) -> list[str]:
    """Return the words of a picture, sorted, without punctuation."""
    text = " ".join("".join(element.itertext()) for element in ET.parse(path).iter(f"{SVG}text"))
    return sorted(word.strip(",;:.") for word in text.split())


def right_edges(root: ET.Element) -> list[float]:
    """Return where texts and boxes end at the right, with generous widths of characters."""
    edges = []
    for element in root.iter():
        x = float(element.get("x", 0))
        if element.tag == f"{SVG}rect":
            edges.append(x + float(element.attrib["width"]))
        elif element.tag == f"{SVG}text":
            wide = 9.5 if element.get("class") in {"title", "panel"} else 8
            width = wide * len("".join(element.itertext()))
            edges.append(width if element.get("text-anchor") == "end" else x + width)
    return edges


def luminance(color: str) -> float:
    channels = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [value / 12.92 if value <= 0.04 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_picture_scales_with_the_page(path: Path) -> None:
    root = ET.parse(path).getroot()
    assert root.get("viewBox", "").startswith("0 0 ")
    assert root.get("width") is root.get("height") is None
    assert root.get("aria-label")


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_picture_is_readable_in_light_and_dark_mode(path: Path) -> None:
    light, query, dark = path.read_text(encoding="utf-8").partition("@media (prefers-color-scheme: dark)")
    assert query
    rule = re.compile(r"^ *([.\w]+) \{.*?((?:fill|stroke): #[0-9a-f]{6})", re.MULTILINE)
    colors = {"light": rule.findall(light), "dark": rule.findall(dark)}
    assert {name for name, _ in colors["light"]} == {name for name, _ in colors["dark"]}
    for mode, rules in colors.items():
        for name, declared in rules:
            least = 4.5 if name == "text" else 2.5
            assert contrast(declared[-7:], BACKGROUNDS[mode]) >= least


@pytest.mark.parametrize("path", WIDE, ids=name_of)
def test_a_picture_for_narrow_screens_says_the_same(path: Path) -> None:
    assert words(path.with_name(f"{path.stem}-narrow.svg")) == words(path)


@pytest.mark.parametrize("path", NARROW, ids=name_of)
def test_a_picture_for_narrow_screens_is_readable_at_its_size_on_a_phone(path: Path) -> None:
    root = ET.parse(path).getroot()
    width = float(root.attrib["viewBox"].split()[2])
    assert width <= 400
    assert max(right_edges(root)) <= width


def test_the_pictures_of_a_sign_in_are_current() -> None:
    for name, drawn in PICTURES.items():
        assert (DOCS / name).read_text(encoding="utf-8") == drawn(), "run `nox -s pages`"


def results(*clients: str) -> dict[tuple[str, int], dict[str, list[Turn]]]:
    """Return made-up results, in which each client takes twice as long as the one before."""
    turns = {name: [Turn(1e-3 * 2**place, 1)] for place, name in enumerate(clients)}
    return {("AdminGetUser", 32): turns, ("ListUsers", 32): turns}


def test_a_chart_has_a_bar_for_each_client_and_operation() -> None:
    shown: Panels = panels(results("aiohttp + json.loads", "cognito_async"))
    assert shown["AdminGetUser"] == [
        Bar("aiohttp + json.loads", 1000.0, "1,000 us"),
        Bar("cognito_async", 2000.0, "2,000 us, 2.00x"),
    ]
    for picture in (draw(shown, TITLE), draw_narrow(shown, TITLE)):
        root = ET.fromstring(picture)
        bars = [element.attrib for element in root.iter(f"{SVG}rect")]
        assert [bar["class"] for bar in bars] == ["bar", "bar ours"] * 2
        assert float(bars[1]["width"]) == 2 * float(bars[0]["width"])
        width, height = map(float, root.attrib["viewBox"].split()[2:])
        assert max(right_edges(root)) <= width
        assert all(float(bar["y"]) + float(bar["height"]) <= height for bar in bars)


def test_the_page_shows_one_picture_of_two() -> None:
    assert ".content img.narrow { display: none;" in STYLES
    assert ".content img.wide { display: none }" in ON_PHONES
    assert ".content img.narrow { display: inline }" in ON_PHONES


def test_pictures_follow_the_theme_that_the_reader_chose() -> None:
    for theme in ("light", "dark"):
        assert f'body[data-theme="{theme}"] .content img {{ color-scheme: {theme} }}' in STYLES


def test_colors_of_the_style_sheet_are_those_of_the_theme() -> None:
    """Colors that are not variables would be the same in dark mode."""
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|rgba?\(|hsla?\(", STYLES)


def test_nothing_on_a_phone_is_wider_than_its_screen() -> None:
    """Least widths outside boxes that scroll are below the 288 px that a page has at 320 px."""
    scrolling = ("table.docutils", "table.overview")
    for selector, width, unit in re.findall(
        r"^ *([^{}\n]+) \{[^}]*?min-width: ([\d.]+)(r?em|px)", STYLES, re.MULTILINE
    ):
        if not any(box in selector for box in scrolling):
            assert float(width) * (1 if unit == "px" else 16) <= 288, selector
