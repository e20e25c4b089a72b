"""The pictures for contributors show the code as it is, and what they do not know is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree as ET

import house
import journey
import module_groups
import pytest
from module_groups import Module


@pytest.fixture(scope="module")
def modules() -> dict[str, Module]:
    return module_groups.read_modules()


@pytest.fixture(scope="module")
def recorded() -> dict[str, list[tuple[str, bool]]]:
    return journey.record()


# The house


def test_the_picture_of_the_house_is_what_the_source_says(modules: dict[str, Module]) -> None:
    assert house.PICTURE.read_text(encoding="utf-8") == house.draw(modules), house.COMMAND


def test_the_page_lists_the_modules_and_imports_of_the_source(modules: dict[str, Module]) -> None:
    text = house.PAGE.read_text(encoding="utf-8")
    assert text == house.page(modules, text), house.COMMAND


def test_what_is_drawn_as_loaded_with_the_client_is_what_a_process_loads(modules: dict[str, Module]) -> None:
    code = "from cognito_async import CognitoClient; import json, sys; print(json.dumps(list(sys.modules)))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = [name.split(".") for name in json.loads(printed) if name.split(".")[0] == module_groups.PACKAGE]
    assert module_groups.loaded_with_client(modules) == {
        name[1] if len(name) > 1 else name[0] for name in loaded
    }


def modules_of_groups(*others: str) -> dict[str, Module]:
    """As if the modules were those that the groups name, and these."""
    nothing: frozenset[str] = frozenset()
    names = [name for group in module_groups.GROUPS for name in group.modules]
    return {name: Module(name, "", now=nothing, later=nothing, index=nothing) for name in (*names, *others)}


def test_a_module_without_a_group_is_asked_for() -> None:
    with pytest.raises(ValueError, match=r"give a group to _new, codegen\.new, take out nothing"):
        module_groups.grouped(modules_of_groups("_new", "codegen.new"))


def test_a_group_that_names_a_module_that_is_gone_is_refused() -> None:
    modules = modules_of_groups()
    del modules["_call"]
    with pytest.raises(ValueError, match="give a group to nothing, take out _call"):
        module_groups.grouped(modules)


def test_a_new_public_module_belongs_to_the_public_surface() -> None:
    groups = dict(module_groups.grouped(modules_of_groups("new")))
    assert "new" in groups[module_groups.PUBLIC]


def test_imports_that_wait_are_told_from_those_that_do_not(tmp_path: Path) -> None:
    sources = {
        "cognito_async/__init__.py": '''
            """The package. More of it."""
            if TYPE_CHECKING:
                from cognito_async.client import Client
            else:
                from cognito_async._lazy import lazy_names
            ''',
        "cognito_async/_lazy.py": '"""Lazy names:\n\n::\n\n    a picture\n"""\nimport sys',
        "cognito_async/client.py": """
            import aiohttp
            from cognito_async import _lazy, types
            def make():
                from cognito_async.types.users import User
                import cognito_async._late
            async def call():
                from cognito_async import _late
            """,
        "cognito_async/_late.py": "",
        "cognito_async/types/__init__.py": "",
        "cognito_async/types/users.py": "from cognito_async import _lazy\nfrom codegen import ir",
        "codegen/__init__.py": "",
        "codegen/ir.py": "from cognito_async.types import User",
    }
    for name, source in sources.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(dedent(source), encoding="utf-8")
    read = module_groups.read_modules(tmp_path)
    assert {name: (set(module.now), set(module.later)) for name, module in read.items()} == {
        "cognito_async": ({"_lazy"}, {"client"}),
        "_lazy": (set(), set()),
        "client": ({"_lazy", "types"}, {"_late"}),
        "_late": (set(), set()),
        "types": ({"_lazy", "codegen.ir"}, set()),
        "codegen.ir": ({"types"}, set()),
    }
    assert read["types"].index == frozenset()
    assert (read["cognito_async"].purpose, read["_lazy"].purpose) == ("The package", "Lazy names")


# A call's way


def test_the_picture_of_a_call_is_what_a_call_does(recorded: dict[str, list[tuple[str, bool]]]) -> None:
    assert journey.PICTURE.read_text(encoding="utf-8") == journey.draw(journey.way(recorded)), journey.COMMAND


def test_a_step_in_a_module_without_words_is_asked_for(recorded: dict[str, list[tuple[str, bool]]]) -> None:
    refused = [*recorded["refused"], ("_new.look_up", False)]
    with pytest.raises(ValueError, match=r"say what happens in _new\.look_up; .* through nothing else"):
        journey.way(recorded | {"refused": refused})


def test_words_for_what_no_call_does_are_refused(recorded: dict[str, list[tuple[str, bool]]]) -> None:
    refused = [step for step in recorded["refused"] if step[0] != "_signer.sign"]
    with pytest.raises(ValueError, match=r"nothing more; a call does not go through _signer\.sign"):
        journey.way(recorded | {"refused": refused})


def test_steps_of_the_first_call_of_a_failure_and_of_a_thread_are_told_apart(
    recorded: dict[str, list[tuple[str, bool]]],
) -> None:
    steps = {step.function: step for step in journey.way(recorded)}
    assert steps["_tls.tls_context"].thread
    assert not steps["_signer.sign"].thread
    when = {name: step.when for name, step in steps.items()}
    assert when["_pipeline.Pipeline._prepare"] == when["_fast_reading.make_decoder"] == "first"
    assert when["_error_body.service_error"] == when["retry.RetryQuota.take"] == "failure"
    assert when["_signer.sign"] == when["_codec.decode"] == when["retry.RetryQuota.give_back"] == "always"
    assert steps["_signer.sign"].attempt
    assert not steps["_codec.encode"].attempt


# Both


@pytest.mark.parametrize("path", [house.PICTURE, journey.PICTURE], ids=lambda path: path.stem)
def test_a_picture_has_title_description_and_colors_for_a_dark_page(path: Path) -> None:
    root = ET.parse(path).getroot()
    names = {"svg": "http://www.w3.org/2000/svg"}
    ids = [root.find(f"svg:{tag}", names).get("id") for tag in ("title", "desc")]
    assert root.get("aria-labelledby").split() == ids
    assert "@media (prefers-color-scheme: dark)" in root.find("svg:style", names).text
    width, height = map(int, root.get("viewBox").split()[2:])
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        assert 0 <= float(text.get("x")) <= width
        assert 0 <= float(text.get("y")) <= height
