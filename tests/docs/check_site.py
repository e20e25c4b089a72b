"""Checks the built site: no resources from other hosts, no broken links, every operation in the search index.

The search index must have each operation by the spellings of boto3, of the AWS CLI and of the API, the file for tools
must have it too, and every page must name the version that it is for. Pictures and trees must fit on narrow screens.

``python tests/docs/check_site.py docs/_build/html`` prints the problems, and exits with 1 if there are any.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

# Elements that load a resource, and the attributes with its URL.
LOADING = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "img": ("src", "srcset"),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "video": ("src", "poster"),
}
IN_STYLES = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])((?:https?:)?//[^"')\s]+)""")
MARKDOWN_LINK = re.compile(r"\]\(([^)]+)\)")
CLIENT = "cognito_async.CognitoClient"
# Trees as nested lists, which docs/_extensions writes; each entry starts with a name.
_TREE = re.compile(r'<div class="tree[ "].*?</div>', re.DOTALL)
_ENTRY = re.compile(r"<p>.*?(<code.*?</code>)", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


class Page(HTMLParser):
    """Anchors, links and loaded resources of a page, and whether it has a tree drawn with characters."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.branches = "├── " in text or "└── " in text
        self.code_in_trees = [
            _TAG.sub("", code)
            for tree in _TREE.findall(text)
            for code in _ENTRY.findall(tree)
            if not _TAG.sub("", code).isidentifier()
        ]
        self.text = ""
        self.feed(text)
        self.text = " ".join(self.text.split())

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors.update(values[name] for name in ("id", "name") if name in values)
        self.loaded += [values[name] for name in LOADING.get(tag, ()) if name in values]
        self.loaded += IN_STYLES.findall(values.get("style", ""))
        if tag == "a" and "href" in values:
            self.links.append(values["href"])


def problems(site: Path, operations: Collection[str], version: str) -> Iterator[str]:
    """Yield the problems of the site, one line each."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    if not pages:
        yield f"{site}: no pages; build them first"
        return
    for path, page in pages.items():
        name = path.relative_to(site)
        for resource in page.loaded:
            if _is_external(resource):
                yield f"{name}: loads {resource}"
            elif not resource.startswith("data:") and not _target(path, resource)[0].exists():
                yield f"{name}: loads {resource}, which does not exist"
        yield from (f"{name}: {problem}" for problem in _too_wide(page))
        for link in page.links:
            if problem := _broken(path, link, pages):
                yield f"{name}: {problem}"
        if f"This page is for cognito_async {version}." not in page.text:
            yield f"{name}: does not say that it is for version {version}"
    for path in sorted(site.rglob("*.css")):
        for resource in IN_STYLES.findall(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(site)}: loads {resource}"
    yield from _problems_of_search(site, operations)
    yield from _problems_for_tools(site, operations)


def _problems_of_search(site: Path, operations: Collection[str]) -> Iterator[str]:
    """Yield the operations that the search index lacks by one of their spellings."""
    methods, others = _searchable(site / "searchindex.js")
    for operation in sorted(operations):
        if operation not in methods:
            yield f"searchindex.js: {operation} is missing"
        if operation.replace("_", "-") not in others:
            yield f"searchindex.js: {operation} is missing by its name in the AWS CLI"
        if operation.replace("_", "") not in others:
            yield f"searchindex.js: {operation} is missing by its name in the API"


def _problems_for_tools(site: Path, operations: Collection[str]) -> Iterator[str]:
    """Yield the problems of ``llms.txt`` and of the reference in one file."""
    index, reference = site / "llms.txt", site / "reference.md"
    if not index.exists() or not reference.exists():
        yield "llms.txt or reference.md is missing"
        return
    links = MARKDOWN_LINK.findall(index.read_text(encoding="utf-8"))
    if reference.name not in links:
        yield f"llms.txt: does not link to {reference.name}"
    for link in links:
        if not (site / link).exists():
            yield f"llms.txt: links to {link}, which does not exist"
    headings = set(re.findall(r"^### (\w+)$", reference.read_text(encoding="utf-8"), re.MULTILINE))
    for operation in sorted(set(operations) - headings):
        yield f"{reference.name}: {operation} is missing"


def _too_wide(page: Page) -> Iterator[str]:
    """Yield what does not fit on narrow screens."""
    for resource in page.loaded:
        narrow = f"{resource.removesuffix('.svg').removesuffix('-narrow')}-narrow.svg"
        if resource.endswith(".svg") and narrow not in page.loaded:
            yield f"shows {resource} on narrow screens too; {narrow} is missing"
    if page.branches:
        yield "has a tree drawn with characters, which does not wrap on narrow screens"
    for code in page.code_in_trees:
        yield f"shows code as a tree: {code}"


def _is_external(link: str) -> bool:
    return urlsplit(link).netloc != "" or urlsplit(link).scheme in {"http", "https"}


def _target(page: Path, link: str) -> tuple[Path, str]:
    path, anchor = urldefrag(link)
    path = unquote(urlsplit(path).path)
    return ((page.parent / path).resolve() if path else page), unquote(anchor)


def _broken(page: Path, link: str, pages: Mapping[Path, Page]) -> str | None:
    """Return the problem of a link within the site, or None. Links to other hosts are not checked."""
    if urlsplit(link).scheme or urlsplit(link).netloc:
        return None
    target, anchor = _target(page, link)
    if not target.exists():
        return f"links to {link}, which does not exist"
    if anchor and target in pages and anchor not in pages[target].anchors:
        return f"links to {link}, an anchor that does not exist"
    return None


def _searchable(index: Path) -> tuple[set[str], set[str]]:
    """Return the methods of the client in the search index, and the names of no module, in lower case."""
    if not index.exists():
        return set(), set()
    text = index.read_text(encoding="utf-8").strip()
    objects = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))["objects"]
    return (
        {entry[-1] for entry in objects.get(CLIENT, ())},
        {entry[-1].lower() for entry in objects.get("", ())},
    )


def main(site: str) -> int:
    """Print the problems; return 1 if there are any."""
    from cognito_async import __version__
    from cognito_async.operations import METHODS

    operations = [operation for names in METHODS.values() for operation in names]
    found = list(problems(Path(site).resolve(), operations, __version__))
    for problem in found:
        print(problem)
    print(
        f"{len(found)} problems"
        if found
        else f"no problems; the search index has {len(operations)} operations by three spellings"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
