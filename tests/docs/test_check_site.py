"""Checks of the built site report every kind of problem."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs.check_site import main, problems

INDEX = (
    'Search.setIndex({"objects": {"": [[0, 2, 1, "a", "ListUsers"], [0, 3, 1, "a", "list-users"]], '
    '"cognito_async.CognitoClient": [[0, 1, 1, "", "list_users"]]}})'
)
FOOTER = "<p>This page is for cognito_async 1.2.\n <code>pip</code></p>"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "more").mkdir()
    (tmp_path / "style.css").write_text("a { background: url(data:image/png;base64,AA) }")
    (tmp_path / "index.html").write_text(
        '<link href="style.css?v=1"><a href="more/page.html#here">in</a><a href="https://example.com">out</a>'
        '<a href="#top">up</a><h1 id="top"></h1><img src="data:image/png;base64,AA">' + FOOTER
    )
    (tmp_path / "more" / "page.html").write_text('<p id="here"></p><a href="../index.html">back</a>' + FOOTER)
    (tmp_path / "searchindex.js").write_text(INDEX)
    (tmp_path / "llms.txt").write_text("- [One file](reference.md)\n- [Page](more/page.html): text\n")
    (tmp_path / "reference.md").write_text("### list_users\n")
    return tmp_path


def test_a_correct_site_has_no_problems(site):
    assert list(problems(site, ["list_users"], "1.2")) == []


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<script src="https://cdn.example/a.js"></script>', "loads https://cdn.example/a.js"),
        ('<link href="//fonts.example/a.css">', "loads //fonts.example/a.css"),
        ('<img src="http://pixel.example/">', "loads http://pixel.example/"),
        ('<p style="background: url(https://a.example/b.png)">', "loads https://a.example/b.png"),
        ('<img src="lost.png">', "loads lost.png, which does not exist"),
        ('<a href="lost.html">', "links to lost.html, which does not exist"),
        ('<a href="index.html#lost">', "links to index.html#lost, an anchor that does not exist"),
        ('<a href="#lost">', "links to #lost, an anchor that does not exist"),
    ],
)
def test_external_resources_and_broken_links_are_reported(site, html, problem):
    (site / "page.html").write_text(html + FOOTER)
    assert list(problems(site, ["list_users"], "1.2")) == [f"page.html: {problem}"]


def test_code_that_is_shown_as_a_tree_is_reported(site):
    tree = '<div class="tree container"><ul><li><p><a href="#a"><code id="a"><span>{}</span></code></a></p></ul></div>'
    (site / "page.html").write_text(tree.format("CognitoError") + FOOTER)
    assert list(problems(site, ["list_users"], "1.2")) == []
    (site / "page.html").write_text(tree.format("print(claims)") + FOOTER)
    assert list(problems(site, ["list_users"], "1.2")) == ["page.html: shows code as a tree: print(claims)"]


def test_pictures_and_trees_that_do_not_fit_on_narrow_screens_are_reported(site):
    (site / "chart.svg").touch()
    (site / "page.html").write_text('<img src="chart.svg">' + FOOTER)
    [problem] = problems(site, ["list_users"], "1.2")
    assert problem == "page.html: shows chart.svg on narrow screens too; chart-narrow.svg is missing"
    (site / "chart-narrow.svg").touch()
    (site / "page.html").write_text('<img src="chart.svg"><img src="chart-narrow.svg">' + FOOTER)
    assert list(problems(site, ["list_users"], "1.2")) == []
    (site / "page.html").write_text("<pre>CognitoError\n└── ServiceError</pre>" + FOOTER)
    [problem] = problems(site, ["list_users"], "1.2")
    assert problem == "page.html: has a tree drawn with characters, which does not wrap on narrow screens"


@pytest.mark.parametrize(
    "text", ['@import "https://a.example/b.css";', "a { background: url('//a.example/b') }"]
)
def test_styles_that_load_from_other_hosts_are_reported(site, text):
    (site / "style.css").write_text(text)
    [problem] = problems(site, ["list_users"], "1.2")
    assert problem.startswith("style.css: loads ")


def test_operations_that_are_missing_in_the_search_index_are_reported(site):
    (site / "reference.md").write_text("### list_users\n\n### sign_up\n")
    missing = [
        "searchindex.js: sign_up is missing",
        "searchindex.js: sign_up is missing by its name in the AWS CLI",
        "searchindex.js: sign_up is missing by its name in the API",
    ]
    assert list(problems(site, ["list_users", "sign_up"], "1.2")) == missing
    (site / "searchindex.js").unlink()
    found = list(problems(site, ["list_users"], "1.2"))
    assert found == [line.replace("sign_up", "list_users") for line in missing]


def test_pages_that_do_not_name_the_version_are_reported(site):
    assert list(problems(site, [], "1.3")) == [
        "index.html: does not say that it is for version 1.3",
        "more/page.html: does not say that it is for version 1.3",
    ]


def test_missing_parts_of_the_files_for_tools_are_reported(site):
    (site / "reference.md").write_text("")
    (site / "llms.txt").write_text("- [Lost](lost.html)\n")
    assert list(problems(site, ["list_users"], "1.2")) == [
        "llms.txt: does not link to reference.md",
        "llms.txt: links to lost.html, which does not exist",
        "reference.md: list_users is missing",
    ]
    (site / "reference.md").unlink()
    assert list(problems(site, ["list_users"], "1.2")) == ["llms.txt or reference.md is missing"]


def test_an_empty_folder_is_reported(tmp_path):
    assert list(problems(tmp_path, [], "1.2")) == [f"{tmp_path}: no pages; build them first"]


def test_the_command_prints_the_problems_and_fails(site, capsys):
    assert main(str(site)) == 1
    printed = capsys.readouterr().out
    assert "searchindex.js: sign_up is missing" in printed
    assert printed.splitlines()[-1].endswith(" problems")
