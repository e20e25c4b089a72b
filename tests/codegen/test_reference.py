"""The reference describes the whole API, each part once, with the facts that callers need."""

from __future__ import annotations

import ast
import itertools
import re
from collections import Counter
from pathlib import Path
from textwrap import indent

import attrs
import pytest

import cognito_async
from codegen.docstrings import limits_text
from codegen.ir import Api, ModelError, Operation, Role
from codegen.reference import pages as reference
from codegen.reference.examples import example_calls
from codegen.reference.markup import (
    error_tree,
    long_pattern,
    prose,
    short_pattern,
    short_signature,
    signature,
)
from codegen.reference.pages import build, entries, located, public_modules, reference_pages, write_reference
from cognito_async import errors, types
from cognito_async.operations import METHODS, pagination

# The package is generated from one model; with another one the pages do not match it.
pytestmark = pytest.mark.made_from("model", "paginators")

DIRECTIVE = re.compile(
    r"^ *\.\. (?:py:(?:method|class|exception|type)|auto(?!module)\w+):: ([\w.]+)", re.MULTILINE
)
METHOD = re.compile(r"^ *\.\. py:method:: CognitoClient\.(\w+)", re.MULTILINE)


@pytest.fixture(scope="module")
def api() -> Api:
    return build()


@pytest.fixture(scope="module")
def pages(api: Api) -> dict[str, str]:
    return reference_pages(api)


@pytest.fixture(scope="module")
def described(pages: dict[str, str]) -> Counter[str]:
    """Return the number of descriptions of each name on all pages."""
    names = (name for text in pages.values() for name in DIRECTIVE.findall(text))
    return Counter(name.rpartition(".")[2] for name in names)


@pytest.fixture(scope="module")
def blocks(pages: dict[str, str]) -> dict[str, str]:
    """Return the text of each operation by the name of its method."""
    found: dict[str, str] = {}
    for text in pages.values():
        for block in re.split(
            r"^\.\. container:: operation\n|^Shapes\n-|^Known values\n-", text, flags=re.MULTILINE
        ):
            if match := METHOD.search(block):
                found[match[1]] = block
    return found


def _without_markup(text: str) -> str:
    """Return text without the markup of the page."""
    return " ".join(re.sub(r"\\(.)", r"\1", text).split())


def test_the_types_of_maps_have_a_page_with_every_key_and_its_source(api, pages, described):
    page = pages["map_keys.rst"]
    for keyed in api.keyed_maps:
        for key in keyed.keys.values():
            assert f"   * - ``{key.name}``\n" in page
            assert f"<{key.url}>`__" in page
        for each in filter(lambda each: each.name, keyed.sets):
            assert described[each.name] == 1
            assert getattr(types, each.name).__required_keys__ == set(each.required)
            assert getattr(types, each.name).__optional_keys__ == set(each.optional)
    assert "clear()" not in page


def test_a_parameter_with_known_keys_links_to_them(blocks):
    assert "auth_parameters: cognito_async.types.AuthParameters | None = None" in blocks["initiate_auth"]
    assert "provider_details: cognito_async.types.ProviderDetails" in blocks["update_identity_provider"]


def test_without_maps_with_known_keys_there_is_no_page_for_them(api):
    assert "map_keys.rst" in reference_pages(api)
    assert "map_keys.rst" not in reference_pages(attrs.evolve(api, keyed_maps=()))


# Each part once


def test_every_operation_is_on_the_page_of_its_area_and_on_no_other(api, pages):
    found = {name: METHOD.findall(text) for name, text in pages.items()}
    expected = {f"{area}.rst": sorted(methods) for (area, _), methods in METHODS.items()}
    assert {name: sorted(methods) for name, methods in found.items() if methods} == expected
    assert sum(map(len, found.values())) == len(api.operations)


@pytest.mark.parametrize(
    "names",
    [types.__all__, errors.__all__, [name for name in pagination.__all__ if name.endswith("Paginator")]],
    ids=["shapes and enums", "errors", "paginators"],
)
def test_every_name_is_described_exactly_once(described, names):
    assert {name: described[name] for name in names if described[name] != 1} == {}


def test_shapes_and_enums_are_on_the_page_of_their_area(api, pages):
    for part in (*api.structures, *api.enums):
        assert re.search(rf"^ *\.\. py:\w+:: {part.name}$", pages[f"{part.area}.rst"], re.MULTILINE), (
            part.name
        )


def test_only_public_names_are_described(api, described):
    known = {*types.__all__, *errors.__all__, *pagination.__all__, "paginate", "ResponseMetadata"}
    known |= {operation.method for operation in api.operations}
    known |= {entry.path.rpartition(".")[2] for module in public_modules() for entry in entries(module)}
    assert described.keys() - known == set()


def test_every_hand_written_public_module_has_a_page_with_all_its_names(pages):
    assert {"client", "config", "credentials", "pagination", "retry"} <= set(public_modules())
    for module in public_modules():
        listed = [name.rpartition(".")[2] for name in DIRECTIVE.findall(pages[f"{module}.rst"])]
        exported = vars(__import__(f"cognito_async.{module}", fromlist=["__all__"]))["__all__"]
        assert sorted(listed) == sorted(exported)


def test_names_that_the_package_exports_have_its_path():
    assert [entry.path for entry in entries("client")] == ["cognito_async.CognitoClient"]
    assert reference.Entry("autoclass", "cognito_async.Config") in list(entries("config"))
    assert reference.Entry("autofunction", "cognito_async.retry.retry_cost") in list(entries("retry"))


def test_members_of_private_base_classes_are_described(pages: dict[str, str]) -> None:
    inherited = {entry.path.rpartition(".")[2] for entry in entries("sign_in") if entry.inherits}
    assert {"AppClient", "SignedIn", "SmsCodeRequired", "TotpSetup"} <= inherited
    assert inherited.isdisjoint({"Tokens", "SignInError", "secret_hash"})
    directive = ".. autoclass:: cognito_async.sign_in.SignedIn\n   :members:\n"
    assert f"{directive}   :inherited-members: Record, Uncopyable\n" in pages["sign_in.rst"]


def test_types_of_properties_have_their_public_paths():
    assert located("Sequence[Config | None]") == "Sequence[cognito_async.Config | None]"
    assert located("AdaptiveRateLimiter") == "cognito_async.rate_limit.AdaptiveRateLimiter"


def test_every_exported_constant_has_a_docstring():
    """Otherwise Sphinx shows the docstring of its type."""
    for module in public_modules():
        folder = Path(cognito_async.__file__).parent
        paths = [folder / f"{module}.py", *(folder / module).glob("*.py")]
        bodies = [ast.parse(path.read_text(encoding="utf-8")).body for path in paths if path.exists()]
        documented = {
            ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
            for body in bodies
            for node, after in itertools.pairwise(body)
            if isinstance(node, ast.Assign | ast.AnnAssign)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        }
        constants = {e.path.rpartition(".")[2] for e in entries(module) if e.directive == "autodata"}
        assert constants - documented == set(), module


def test_the_index_lists_every_operation_and_every_page(api, pages):
    index = pages["index.rst"]
    listed = re.findall(r"^   \* - :py:meth:`~cognito_async\.CognitoClient\.(\w+)`", index, re.MULTILINE)
    assert sorted(listed) == sorted(operation.method for operation in api.operations)
    linked = re.findall(r"^   (\w+)$", index, re.MULTILINE)
    assert sorted(f"{name}.rst" for name in [*linked, "index"]) == sorted(pages)


def test_two_pages_with_the_same_name_fail(api):
    areas = (attrs.evolve(api.areas[0], name="errors"), *api.areas[1:])
    with pytest.raises(ModelError, match="another page"):
        reference_pages(attrs.evolve(api, areas=areas))


# Facts of an operation


def test_every_operation_has_our_text_and_a_link_to_the_page_of_aws(api, blocks):
    for operation in api.operations:
        text = _without_markup(blocks[operation.method].replace("``", ""))
        assert operation.summary.replace("``", "") in text
        assert operation.details.replace("``", "") in text
        assert f"<{operation.url}>`__" in blocks[operation.method]


def test_every_operation_states_whether_it_is_signed(api, blocks):
    signed = {name for name, block in blocks.items() if "- Signed with IAM credentials\n" in block}
    unsigned = {name for name, block in blocks.items() if "- Not signed: needs no AWS" in block}
    assert signed == {operation.method for operation in api.operations if operation.signed}
    assert unsigned == {operation.method for operation in api.operations} - signed
    assert "admin_get_user" in signed
    assert "sign_up" in unsigned


def test_every_operation_states_whether_it_is_idempotent(api, blocks):
    idempotent = {name for name, block in blocks.items() if "- Idempotent: retried" in block}
    others = {name for name, block in blocks.items() if "- Not idempotent: not retried" in block}
    assert idempotent == {operation.method for operation in api.operations if operation.idempotent}
    assert others == {operation.method for operation in api.operations} - idempotent
    assert "change_password" in others


def test_every_operation_states_whether_it_is_paginated_and_names_its_paginator(api, blocks):
    for operation in api.operations:
        block = blocks[operation.method]
        assert ("- Not paginated\n" in block) == (operation.pagination is None)
        assert (f".. py:class:: {operation.name}Paginator\n" in block) == (operation.pagination is not None)
        assert (f'client.get_paginator("{operation.method}")' in block) == (operation.pagination is not None)
    assert "- Paginated, at most 60 items a page\n" in blocks["list_users"]
    assert "- Paginated, the service decides" in blocks["admin_list_user_sessions"]
    assert "page_size=None, max_items=None, starting_token=None, prefetch=0" in blocks["list_users"]


def test_every_parameter_has_its_text_and_limits_and_whether_it_is_required(api, blocks):
    for operation in api.operations:
        block = blocks[operation.method]
        for member in operation.request.members:
            match = re.search(rf"^ *{member.name} : :(\w+):`\1`\n +(.+)$", block, re.MULTILINE)
            assert match, (operation.method, member.name)
            assert (match[1] == "required") == member.required
            assert limits_text(member.type) in match[2]
            assert _without_markup(prose(member.doc)) in _without_markup(match[2])


def test_long_patterns_are_folded_and_short_ones_are_in_the_text(api, blocks):
    folded = r"<summary>Pattern</summary><code>[\p{L}\p{M}\p{S}\p{N}\p{P}]+</code></details>"
    assert folded in blocks["admin_create_user"]
    assert r"At most 256 characters. Pattern ``[\S]+``." in blocks["admin_create_user"]
    for operation in api.operations:
        for member in operation.request.members:
            pattern = getattr(getattr(member.type, "limits", None), "pattern", None) or ""
            assert short_pattern(member) + long_pattern(member) in {pattern, ""}
    texts = "\n".join(re.sub("<details.*</details>", "", block) for block in blocks.values())
    assert r"\p{" not in texts


def test_the_signature_has_every_parameter_with_its_type_and_the_response(api, blocks):
    for operation in api.operations:
        line = METHOD.search(blocks[operation.method])
        assert line
        text = line.string[line.start() : line.string.index("\n", line.start())]
        for member in operation.request.members:
            default = "" if member.required else r" \| None = None"
            assert re.search(rf"\b{member.name}: [^:=]+?{default}(, \w+:|\))", text), member.name
        assert text.endswith(f"-> {operation.response.name if operation.response else 'EmptyResponse'}")
    shape = "cognito_async.types.AttributeType"
    assert f"user_attributes: Sequence[{shape} | Mapping[str, Any]] | " in blocks["sign_up"]


def test_every_operation_has_its_example(blocks, api):
    for method, code in example_calls(api).items():
        assert ".. code-block:: python\n\n" + indent(code, " " * 9) in blocks[method]


def test_responses_requests_and_paginators_are_folded(api, blocks):
    for operation in api.operations:
        summaries = re.findall(r"<summary>(Request|Response|Paginator) <code>(\w+)", blocks[operation.method])
        expected = [("Response", operation.response.name)] if operation.response else []
        expected.append(("Request", operation.request.name))
        if operation.pagination:
            expected.append(("Paginator", f"{operation.name}Paginator"))
        assert summaries == expected
    assert (
        "<summary>Response <code>ListUsersResponse</code>: users, pagination_token</summary>"
        in (blocks["list_users"])
    )


def test_every_operation_links_to_its_specific_errors_and_to_the_common_ones(api, blocks):
    for operation in api.operations:
        linked = re.findall(r":py:exc:`~cognito_async\.errors\.(\w+)`", blocks[operation.method])
        assert linked == [error.name for error in operation.specific_errors]
        assert ("<common-errors>`" in blocks[operation.method]) == bool(operation.common_errors)


def test_the_common_errors_stand_once(api, pages):
    section = pages["errors.rst"].partition(".. _common-errors:")[2].partition("Base classes\n")[0]
    listed = re.findall(r"^   \* - :py:exc:`(\w+)`", section, re.MULTILINE)
    expected = {error.name for operation in api.operations for error in operation.common_errors}
    assert listed == sorted(expected)
    assert "blocked the request. *unsigned operations*" in section
    assert "retries. *signed and unsigned operations*" in section


def test_only_the_optional_parameters_of_long_lists_are_folded(blocks):
    folded = {name for name, block in blocks.items() if "optional parameters</summary>" in block}
    assert folded == {
        "create_user_pool",
        "create_user_pool_client",
        "update_user_pool",
        "update_user_pool_client",
    }
    assert blocks["create_user_pool"].index(" pool_name : ") < blocks["create_user_pool"].index("<details>")


# Facts of shapes, enums and errors


def test_every_member_of_responses_and_nested_shapes_has_its_type_text_and_limits(api, pages):
    for shape in api.structures:
        if shape.role is Role.REQUEST:
            continue
        text = pages[f"{shape.area}.rst"]
        start = re.search(rf"^( *)\.\. py:class:: {shape.name}$", text, re.MULTILINE)
        assert start
        end = re.compile(rf"^ {{0,{len(start[1])}}}\S", re.MULTILINE).search(text, start.end())
        body = text[start.end() : end.start() if end else None]
        found = dict(re.findall(r"\.\. py:attribute:: (\w+)\n(.+?)(?=\n *\.\.|\Z)", body, re.DOTALL))
        assert list(found) == [member.name for member in shape.members]
        for member in shape.members:
            assert _without_markup(prose(member.doc)) in _without_markup(found[member.name])
            assert limits_text(member.type) in found[member.name]
            has_none = re.search(r":type: .*\| None\n", found[member.name]) is not None
            assert has_none == (not member.required and not member.empty_when_missing)


def test_every_enum_lists_its_values(api, pages):
    for enum in api.enums:
        text = pages[f"{enum.area}.rst"]
        body = text[text.index(f".. py:type:: {enum.name}\n") :]
        assert re.findall(r"^   - ``(.+)``$", body.partition("\n.. py:")[0], re.MULTILINE) == list(
            enum.values
        )


def test_shapes_and_enums_name_the_operations_that_use_them(api):
    users = {name: {operation.method for operation in found} for name, found in _used_by(api).items()}
    assert users["UserType"] == {"admin_create_user", "list_users", "list_users_in_group"}
    # list_users contains AttributeType inside UserType.
    assert {"sign_up", "admin_get_user", "list_users"} <= users["AttributeType"]
    assert users["UserStatusType"] >= {"admin_get_user", "list_users"}
    nested = {shape.name for shape in api.structures if shape.role is Role.NESTED}
    assert users.keys() == nested | {enum.name for enum in api.enums}


def test_only_long_lists_of_operations_are_folded(pages):
    assert re.search(r"^   Used by :py:meth:", pages["users.rst"], re.MULTILINE)
    assert re.search(r"<summary>Used by \d+ operations</summary>", pages["common.rst"])


def test_every_error_has_our_text_and_the_operations_that_raise_it(api, pages):
    text = pages["errors.rst"]
    for error in api.errors:
        body = text[text.index(f".. py:exception:: {error.name}\n") :].partition("\n.. py:exception::")[0]
        assert _without_markup(prose(error.doc)) in _without_markup(body)
        expected = [operation.method for operation in api.operations if error in operation.errors]
        assert re.findall(r":py:meth:`~cognito_async\.CognitoClient\.(\w+)`", body) == expected
        for member in error.members:
            assert f".. py:property:: {member.name}\n" in body


def test_the_tree_of_exceptions_is_drawn_and_linked(pages):
    drawn = set(re.findall(r"\w+(?=Error\b)", error_tree()))
    linked = set(re.findall(r":py:exc:`(\w+)Error`", pages["errors.rst"].partition("Base classes")[0]))
    assert linked == drawn - {"Timeout", "Value"}  # built-in exceptions
    assert len(linked) > 10


# Text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Id of the pool.", "Id of the pool."),
        ("Code ``a_b*`` stays.", "Code ``a_b*`` stays."),
        ("Two ``a``s", r"Two ``a``\ s"),
        (r"a_b, *c*, `d`, |e| and \f", r"a\_b, \*c\*, \`d\`, \|e\| and \\f"),
        ("Raises AliasExistsException.", "Raises ``AliasExistsException``."),
    ],
)
def test_special_characters_are_escaped_and_names_become_code(text, expected):
    assert prose(text) == expected


def test_a_signature_without_parameters_is_empty():
    assert signature(()) == ""
    assert short_signature((), "a=0") == "*, a=0"


# Files


def test_only_changed_pages_are_written_and_old_ones_are_removed(tmp_path, pages):
    folder = tmp_path / "reference"
    write_reference(folder)
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == pages
    (folder / "users.rst").write_text("changed", encoding="utf-8")
    (folder / "old.rst").write_text("page of a removed area", encoding="utf-8")
    (folder / "tags.rst").chmod(0o444)
    before = (folder / "tags.rst").stat().st_mtime_ns
    write_reference(folder)
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == pages
    assert (folder / "tags.rst").stat().st_mtime_ns == before


def _used_by(api: Api) -> dict[str, list[Operation]]:
    return reference._used_by(api)
