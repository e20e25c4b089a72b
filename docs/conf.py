"""Sphinx configuration. The site builds without network, and its pages load nothing from other hosts."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
# Use the generator and the package of this checkout, not installed ones.
sys.path.insert(0, str(ROOT))
sys.path.append(str(HERE / "_extensions"))

from codegen.reference import write_reference  # noqa: E402  needs the path above
from cognito_async import __version__  # noqa: E402

project = "cognito_async"
author = "the authors of cognito_async"
copyright = author  # noqa: A001  Sphinx's name
version = release = __version__
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "narrow_screens",
    "site_extension",
]
exclude_patterns = ["_build"]
primary_domain = "py"

# Markdown
myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 4

# Python
add_function_parentheses = False
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
maximum_signature_line_length = 100
napoleon_attr_annotations = False
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"


def _colors(brand: str) -> dict[str, str]:
    names = ("brand-primary", "brand-content", "brand-visited", "api-name", "api-pre-name")
    return {f"color-{name}": brand for name in names}


# Pages
html_theme = "furo"
html_title = f"cognito_async {version}"
templates_path = ["_templates"]
html_search_scorer = str(HERE / "search_scorer.js")
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_domain_indices = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": _colors("#0b6b6b"),
    "dark_css_variables": _colors("#5cc8c0"),
}
copybutton_exclude = ".linenos, .gp, .go"

# Operations as they are written in code, and classes.
_NAME = re.compile(r"(?:await )?(?:client\.|CognitoClient\.)?(\w+)(?:\(\))?")
_CREATED_BY_THE_CLIENT = frozenset({"cognito_async.Pages", "cognito_async.Paginator"})
_LINKED = frozenset({"class", "data", "exception", "function", "method", "type"})


def write_pages(_: Sphinx) -> None:
    """Write the reference pages, which are not part of the repository."""
    write_reference(HERE / "reference")


def unlink_repository_files(app: Sphinx, doctree: nodes.document) -> None:
    """Replace links to files of the repository that are not on the site by their text."""
    for link in [*doctree.findall(addnodes.pending_xref), *doctree.findall(addnodes.download_reference)]:
        if link["reftype"] != "myst":
            continue
        target = link["reftarget"].partition("#")[0]
        page = Path(app.env.doc2path(app.env.docname))
        for path in (page.parent / target, ROOT / target):
            suffixed = path.with_name(f"{path.name}.md") if link["refdomain"] == "doc" else path
            if target and suffixed.exists() and not suffixed.resolve().is_relative_to(HERE):
                link.replace_self(link.children)
                break


def shorten_signature(_: Sphinx, __: str, name: str, *details: object) -> tuple[str, object] | None:
    """Remove signatures of classes that only the client creates, and replace attrs' NOTHING by ``...``."""
    if name in _CREATED_BY_THE_CLIENT:
        return "", None
    signature, returned = details[-2:]
    return (signature.replace("NOTHING", "..."), returned) if isinstance(signature, str) else None


def keep_colons(_: Sphinx, kind: str, __: str, ___: object, ____: object, lines: list[str]) -> None:
    """Insert an empty first line: otherwise napoleon reads the text before its first colon as a type."""
    if kind in {"attribute", "data", "property"}:
        lines.insert(0, "")


class LinkNames(SphinxPostTransform):
    """Links code that names an operation, a class or an error to its place in the reference."""

    default_priority = 200  # after the transforms that resolve the links of the pages
    formats = ("html",)

    def run(self, **_: object) -> None:
        """Add links to all names that are not linked yet."""
        places = _places(self.env)
        for code in list(self.document.findall(nodes.literal)):
            match = _NAME.fullmatch(code.astext())
            if match is None or match[1] not in places or _is_linked(code):
                continue
            page, anchor = places[match[1]]
            link = make_refnode(self.app.builder, self.env.docname, page, anchor, code.deepcopy())
            code.replace_self(link)


def _places(env: BuildEnvironment) -> dict[str, tuple[str, str]]:
    """Return page and anchor of all objects by their short names, such as ``list_users`` and ``UserType``."""
    places = {}
    for name, _, kind, page, anchor, priority in env.domains.python_domain.get_objects():
        owner, _, last = name.rpartition(".")
        of_client = owner == "cognito_async.CognitoClient" and "_" in last
        if kind in _LINKED and priority > 0 and (of_client or (kind != "method" and last[0].isupper())):
            places[last] = (page, anchor)
    return places


def _is_linked(node: nodes.Node) -> bool:
    """Return whether a node is inside a link or a heading."""
    while node.parent:
        node = node.parent
        if isinstance(node, nodes.reference | nodes.title | addnodes.desc_signature):
            return True
    return False


def setup(app: Sphinx) -> None:
    """Register the functions above."""
    app.connect("builder-inited", write_pages)
    app.connect("doctree-read", unlink_repository_files)
    app.connect("autodoc-process-signature", shorten_signature)
    app.connect("autodoc-process-docstring", keep_colons, priority=400)
    app.add_post_transform(LinkNames)
