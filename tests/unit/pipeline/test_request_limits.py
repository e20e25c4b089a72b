"""Advice when the service refuses a parameter: the values outside of the limits in the model."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from cognito_async import types
from cognito_async._endpoints.limits import LIMITS
from cognito_async._errors import ServiceError
from cognito_async._pipeline import request_limits
from cognito_async._pipeline.request_limits import advise_on_limits
from cognito_async.errors import InvalidParameterException, ResourceNotFoundException
from cognito_async.testing import StubTransport

START = "Outside of the limits in the API's model: "


async def refused(method: str, **arguments: Any) -> ServiceError:
    """Return the error of a call that the service refuses."""
    stub = StubTransport()
    stub.add(InvalidParameterException("1 validation error detected"))
    async with stub.client() as client:
        with pytest.raises(InvalidParameterException) as caught:
            await getattr(client, method)(**arguments)
    return caught.value


async def advised(method: str, **arguments: Any) -> str:
    """Return the values that the advice names."""
    advice = (await refused(method, **arguments)).advice
    assert advice.endswith(InvalidParameterException.advice)
    return advice.removeprefix(START).removesuffix(f". {InvalidParameterException.advice}")


async def test_the_advice_names_each_value_outside_of_its_limits_and_the_limit() -> None:
    error = await refused("list_users", user_pool_id="eu-west-1_a", limit=100, filter="x" * 257)
    assert error.advice.startswith(f"{START}limit: 100, at most 60; filter: 257 characters, at most 256. ")
    assert "limit: 100, at most 60" in str(error)
    assert error.advice.endswith(InvalidParameterException.advice)


async def test_a_request_within_the_limits_has_the_usual_advice() -> None:
    error = await refused("list_users", user_pool_id="eu-west-1_a", limit=60, filter="x" * 256)
    assert error.advice == InvalidParameterException.advice


async def test_a_known_value_is_not_named() -> None:
    error = await refused(
        "admin_create_user", user_pool_id="eu-west-1_a", username="ana", message_action="SUPPRESS"
    )
    assert error.advice == InvalidParameterException.advice


async def test_another_error_does_not_mention_limits() -> None:
    stub = StubTransport()
    stub.add(ResourceNotFoundException("no pool"))
    async with stub.client() as client:
        with pytest.raises(ResourceNotFoundException) as caught:
            await client.list_users(user_pool_id="eu-west-1_a", limit=100)
    assert START not in caught.value.advice


@pytest.mark.parametrize(
    ("method", "arguments", "expected"),
    [
        (
            "admin_get_user",
            {"user_pool_id": "pool", "username": "ana"},
            r"user_pool_id: 'pool', not of the form [\w-]+_[0-9a-zA-Z]+",
        ),
        (
            "admin_get_user",
            {"user_pool_id": "eu-west-1_a", "username": "ana maria"},
            r"username: 'ana maria', not of the form [\p{L}\p{M}\p{S}\p{N}\p{P}]+",
        ),
        (
            "admin_create_user",
            {"user_pool_id": "eu-west-1_a", "username": "ana", "message_action": "SUPRESS"},
            "message_action: 'SUPRESS', not one of RESEND, SUPPRESS",
        ),
        (
            "admin_create_user",
            {"user_pool_id": "eu-west-1_a", "username": "ana", "user_attributes": {"a" * 33: "b"}},
            "user_attributes[0].name: 33 characters, at most 32",
        ),
        (
            "tag_resource",
            {
                "resource_arn": "arn:aws:cognito-idp:eu-west-1:1:userpool/a",
                "tags": {"k" * 129: "v", "l": "w" * 257},
            },
            "a key of tags: 129 characters, at most 128; tags['l']: 257 characters, at most 256",
        ),
        (
            "create_user_pool_client",
            {"user_pool_id": "eu-west-1_a", "client_name": "c", "callback_urls": ["https://a"] * 101},
            "callback_urls: 101 items, at most 100",
        ),
        (
            "create_user_pool",
            {"pool_name": "p", "policies": {"PasswordPolicy": {"MinimumLength": 100}}},
            "policies.password_policy.minimum_length: 100, at most 99",
        ),
    ],
)
async def test_values_of_each_kind_are_named(method: str, arguments: dict[str, Any], expected: str) -> None:
    assert await advised(method, **arguments) == expected


async def test_secrets_are_masked_in_the_advice() -> None:
    code = "12 34 canary"
    arguments = {"client_id": "c", "username": "ana", "confirmation_code": code, "password": "p" * 257}
    assert await advised("confirm_forgot_password", **arguments) == (
        r"confirmation_code: '***', not of the form [\S]+; password: '***', at most 256"
    )


async def test_a_long_value_is_cut_and_the_number_of_values_is_limited() -> None:
    names = ["a" * 33] * 7
    text = await advised(
        "admin_delete_user_attributes",
        user_pool_id="p" * 50,
        username="ana",
        user_attribute_names=names,
    )
    first, *others, last = text.split("; ")
    assert first == rf"user_pool_id: '{'p' * 39}..., not of the form [\w-]+_[0-9a-zA-Z]+"
    assert others == [f"user_attribute_names[{index}]: 33 characters, at most 32" for index in range(4)]
    assert last == "and others"


def test_a_map_with_too_many_entries_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = {"Tags": ("tags", False, ("map", 2, 3, (), ()))}
    monkeypatch.setattr(request_limits, "LIMITS", {"TagResource": rules})
    error = ServiceError(code="InvalidParameterException")
    advise_on_limits(error, "TagResource", b'{"Tags": {"a": "b"}, "Other": 1}')
    assert error.advice.startswith(f"{START}tags: 1 entries, at least 2. ")


async def test_a_request_object_and_a_call_by_name_have_the_same_advice() -> None:
    stub = StubTransport()
    stub.add(InvalidParameterException("no"), times=2)
    async with stub.client() as client:
        with pytest.raises(InvalidParameterException) as sent:
            await client.send(types.ListUsersRequest(user_pool_id="eu-west-1_a", limit=61))
        with pytest.raises(InvalidParameterException) as called:
            await client.call("ListUsers", {"UserPoolId": "eu-west-1_a", "Limit": 61})
    assert sent.value.advice == called.value.advice
    assert "limit: 61, at most 60" in sent.value.advice


def test_a_call_that_succeeds_does_not_load_the_limits() -> None:
    program = """
import asyncio, sys
from cognito_async.testing import StubTransport
from cognito_async.types import ListUsersResponse
stub = StubTransport()
stub.add(ListUsersResponse())
asyncio.run(stub.client().list_users(user_pool_id="eu-west-1_a", limit=100))
print([name for name in sys.modules if "limits" in name])
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


def patterns(rule: Any) -> Iterator[str]:
    """Yield the patterns in a rule."""
    if rule and rule[0] == "text" and rule[3]:
        yield rule[3]
    for part in rule:
        if isinstance(part, tuple):
            yield from patterns(part)


def test_every_pattern_of_the_model_can_be_checked_or_is_known_to_be_left_out() -> None:
    found = {
        pattern for members in LIMITS.values() for *_, rule in members.values() for pattern in patterns(rule)
    }
    with warnings.catch_warnings(action="error"):
        for pattern in found:
            request_limits._matches(pattern, "a")
    unchecked = {each for each in found if "\\p" in each and not request_limits._CATEGORIES.fullmatch(each)}
    assert len(found - unchecked) > 30
    assert all(re.search(r"\\\{#|\^_|@|\]\*", each) for each in unchecked)


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"[\p{L}\p{N}]+", "Ünï5", True),
        (r"[\p{L}\p{N}]+", "a b", False),
        (r"[\p{L}\p{N}\s]+", "a b", True),
        (r"[\p{L}\p{N}\t\n\r ]+", "a\u00a0b", False),
        (r"^[\p{L}]+$", "a", True),
        (r"[\p{L}]+@[\p{L}]+", "whatever 5", True),
        (r"[\w-]+", "Ünï", False),
        (r"[0-9]+", "12", True),
    ],
)
def test_patterns_are_read_as_the_service_reads_them(pattern: str, text: str, *, matches: bool) -> None:
    assert request_limits._matches(pattern, text) is matches
