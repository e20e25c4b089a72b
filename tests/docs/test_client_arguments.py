"""The docstring of the client describes each setting as ``Config`` does."""

from __future__ import annotations

import inspect

import attrs
from docs.client_arguments import CLIENT, ENTRY, with_arguments

from cognito_async import CognitoClient, Config
from cognito_async._cli.options import setting_docs


def test_the_docstring_is_current() -> None:
    source = CLIENT.read_text(encoding="utf-8")
    assert with_arguments(source, setting_docs()) == source, "run: nox -s pages"


def test_every_setting_is_described() -> None:
    assert setting_docs().keys() == {field.name for field in attrs.fields(Config)}


def test_every_argument_is_in_the_docstring_in_the_order_of_the_signature() -> None:
    source = CLIENT.read_text(encoding="utf-8")
    section = source[source.index("    Args:\n") : source.index("    Raises:\n")]
    assert [*inspect.signature(CognitoClient).parameters] == [entry[1] for entry in ENTRY.finditer(section)]


def test_only_settings_are_replaced() -> None:
    source = "    Args:\n        region: Old\n            text.\n        session: Kept.\n\n    Raises:\n        region: Kept.\n"
    new = with_arguments(source, {"region": "New " * 40})
    assert "        session: Kept.\n" in new
    assert "Old" not in new
    assert new.count("New") == 40
    assert max(map(len, new.splitlines())) <= 110
    assert new.endswith("    Raises:\n        region: Kept.\n")
