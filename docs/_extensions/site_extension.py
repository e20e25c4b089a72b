"""Extension of Sphinx for this site: other spellings of operations in the search, and files for tools."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains import Domain, ObjType
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import find_pending_xref_condition

from codegen.reference import build, single_file, spellings
from cognito_async.operations import METHODS

CLIENT = "cognito_async.CognitoClient."
SINGLE_FILE = "reference.md"
_SENTENCE = re.compile(r"(.+?)(?:\.(?=\s|$)|:$)")
_METHODS = {f"reference/{area}": methods for (area, _), methods in METHODS.items()}


class Spellings(Domain):
    """Names of the operations in the API and in the AWS CLI; the search finds them as objects."""

    name = "spelling"
    label = "Spellings of operations"
    object_types = {"api": ObjType("API operation"), "cli": ObjType("AWS CLI command")}  # noqa: RUF012  as Sphinx declares it
    by_method: Mapping[str, tuple[str, str]] = {}

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """Yield both names of each operation, with the place of its method."""
        for path, _, _, page, anchor, _ in self.env.domains.python_domain.get_objects():
            names = self.by_method.get(path.removeprefix(CLIENT)) if path.startswith(CLIENT) else None
            for kind, name in zip(self.object_types, names or (), strict=False):
                yield name, name, kind, page, anchor, 1

    def get_type_name(self, kind: ObjType, _: bool = False) -> str:  # noqa: FBT001, FBT002  Sphinx's signature
        """Return the kind of name alone, for the results of a search."""
        return kind.lname

    def resolve_any_xref(self, *_: object) -> list[tuple[str, nodes.reference]]:
        """Return nothing: pages link to methods."""
        return []

    def merge_domaindata(self, *_: object) -> None:
        """Do nothing: there are no data but those of the Python domain."""


class UnlinkForeignTypes(SphinxPostTransform):
    """Replaces references to types such as ``str`` by their text: Sphinx would search for each."""

    default_priority = 5  # before Sphinx resolves references

    def run(self, **_: object) -> None:
        """Replace the references of a page whose last name no object has."""
        names = {path.rpartition(".")[2] for path in self.env.domains.python_domain.objects}
        for reference in list(self.document.findall(addnodes.pending_xref)):
            if reference["refdomain"] == "py" and reference["reftarget"].rpartition(".")[2] not in names:
                text = find_pending_xref_condition(reference, "*") or reference
                reference.replace_self(text.children)


def name_operations(_: Sphinx) -> None:
    """Load the names of the operations."""
    Spellings.by_method = spellings(build())


def write_files_for_tools(app: Sphinx, error: Exception | None) -> None:
    """Write ``llms.txt`` and the whole reference in one file, beside the pages."""
    if error is None and app.builder.name == "html":
        folder = Path(app.outdir)
        text = single_file(build(), app.config.version)
        (folder / SINGLE_FILE).write_text(text, encoding="utf-8")
        (folder / "llms.txt").write_text("\n".join(_index(app)) + "\n", encoding="utf-8")


def _index(app: Sphinx) -> Iterator[str]:
    """Yield the lines of ``llms.txt``: what this is, and all pages, as on the left of each page."""
    yield f"# cognito_async {app.config.version}"
    yield ""
    yield f"> {_summary(app.env, app.config.root_doc)}"
    yield ""
    yield "Install it with `pip install cognito-async`. These pages are for the version above."
    yield ""
    yield "## Reference in one file"
    yield ""
    contents = "every operation with example, parameters, response and errors; every shape"
    yield f"- [{SINGLE_FILE}]({SINGLE_FILE}): {contents}"
    yield from _sections(app, app.config.root_doc)
    yield from _sections(app, "reference/index")


def _sections(app: Sphinx, page: str) -> Iterator[str]:
    for toctree in app.env.get_doctree(page).findall(addnodes.toctree):
        yield from ("", f"## {toctree['caption']}", "")
        for title, name in toctree["entries"]:
            shown = title or app.env.titles[name].astext()
            yield f"- [{shown}]({app.builder.get_target_uri(name)}): {_summary(app.env, name)}"


def _summary(env: BuildEnvironment, page: str) -> str:
    """Return the operations on a page of the reference, else the first sentence of the page."""
    if methods := _METHODS.get(page):
        return ", ".join(methods)
    section = next(env.get_doctree(page).findall(nodes.section))
    for paragraph in section.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if match := _SENTENCE.match(text):
            return f"{match[1]}."
    return env.titles[page].astext()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register domain and functions."""
    app.add_domain(Spellings)
    app.add_post_transform(UnlinkForeignTypes)
    app.connect("builder-inited", name_operations)
    app.connect("build-finished", write_files_for_tools)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
