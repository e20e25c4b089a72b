"""Sphinx extension for pages that fit on phones: a second picture for narrow screens, and trees that wrap."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

# One level of a tree is four characters wide: "│   ", "├── ", "└── " or spaces.
LEVEL = 4
_BRANCH = re.compile(r"[│├└─ ]*")


class NarrowPictures(SphinxTransform):
    """Adds ``NAME-narrow.svg`` after a picture ``NAME.svg``; the style sheet shows one of them."""

    default_priority = 200

    def apply(self, **_: object) -> None:
        """Add the pictures that exist."""
        folder = Path(self.env.doc2path(self.env.docname)).parent
        for image in list(self.document.findall(nodes.image)):
            name = image["uri"].removesuffix(".svg") + "-narrow.svg"
            if image["uri"].endswith(".svg") and (folder / name).exists():
                narrow = image.copy()
                narrow["uri"] = name
                narrow["classes"] = ["narrow"]
                image["classes"] = ["wide"]
                image.parent.insert(image.parent.index(image) + 1, narrow)


class Trees(SphinxTransform):
    """Replaces trees drawn with box characters by nested lists, whose lines wrap."""

    default_priority = 201

    def apply(self, **_: object) -> None:
        """Replace all trees of the page."""
        for block in list(self.document.findall(nodes.literal_block)):
            lines = list(_lines(block))
            if len(lines) > 1 and all(_depth(line) for line in lines[1:]):
                block.replace_self(nodes.container("", _list(lines), classes=["tree"]))


def _lines(block: nodes.literal_block) -> Iterator[list[nodes.Node]]:
    """Yield the lines of a block; links are whole nodes in them."""
    line: list[nodes.Node] = []
    for child in block.children:
        if not isinstance(child, nodes.Text):
            line.append(child)
            continue
        first, *others = str(child).split("\n")
        line.append(nodes.Text(first))
        for text in others:
            yield line
            line = [nodes.Text(text)]
    if any(node.astext() for node in line):
        yield line


def _depth(line: list[nodes.Node]) -> int:
    """Return the level of a line; 0 if it has no branch."""
    match = _BRANCH.match(line[0].astext())
    # Code is indented too.
    return len(match[0]) // LEVEL if match and "─" in match[0] else 0


def _list(lines: list[list[nodes.Node]]) -> nodes.bullet_list:
    """Return the tree as nested lists."""
    root = nodes.bullet_list()
    open_lists = [root]
    for line in lines:
        depth = _depth(line)
        del open_lists[depth + 1 :]
        while len(open_lists) <= depth:
            nested = nodes.bullet_list()
            open_lists[-1].children[-1] += nested
            open_lists.append(nested)
        open_lists[-1] += nodes.list_item("", _entry(line))
    return root


def _entry(line: list[nodes.Node]) -> nodes.paragraph:
    """Return the name of a line, and its description if there is one."""
    text = _BRANCH.sub("", line[0].astext(), count=1)
    name: nodes.Node
    if text:
        word, _, text = text.partition(" ")
        name, rest = nodes.literal("", word), line[1:]
    else:  # a link
        name, *rest = line[1:]
    about = [nodes.Text(text.lstrip()), *rest]
    if rest and not text.strip() and isinstance(rest[0], nodes.Text):
        about = [nodes.Text(str(rest[0]).lstrip()), *rest[1:]]
    entry = nodes.paragraph("", "", name)
    if any(node.astext() for node in about):
        entry += [nodes.Text(" "), nodes.inline("", "", *about, classes=["about"])]
    return entry


def setup(app: Sphinx) -> dict[str, int | bool]:
    """Register the transforms; after a change of these, a new number makes Sphinx read all pages again."""
    app.add_transform(NarrowPictures)
    app.add_transform(Trees)
    return {"env_version": 2, "parallel_read_safe": True, "parallel_write_safe": True}
