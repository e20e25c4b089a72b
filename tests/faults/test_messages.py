"""Error messages: the snapshot is current and complete, and each message names the next step and no secret."""

from __future__ import annotations

import asyncio

import pytest

from cognito_async import bulk, errors, oauth, sign_in, tokens
from cognito_async._http import error_map
from faults import bulk_cases, messages, oauth_cases, sign_in_cases, token_cases
from faults.messages import WITHOUT_CASE, Collected
from support import botocore_version

pytestmark = pytest.mark.botocore_since(botocore_version.LOCK["botocore"], "the model")
WITHOUT_CALL = {"send() of a closed transport", "close() of the transport during send()"}


@pytest.fixture(scope="module")
def collected() -> Collected:
    return asyncio.run(messages.collect())


def test_the_snapshot_is_current(collected: Collected) -> None:
    assert messages.SNAPSHOT.read_text(encoding="utf-8") == messages.snapshot(collected.messages), (
        f"error messages have changed; if that is intended, run {messages.COMMAND}"
    )


def test_every_class_has_a_case(collected: Collected) -> None:
    raised = {message.kind for message in collected.messages}
    every = {*errors.__all__, *sign_in_cases.EXCEPTIONS, *oauth_cases.EXCEPTIONS, *token_cases.EXCEPTIONS}
    every |= bulk_cases.EXCEPTIONS
    assert raised == every - {"CognitoError", "SignInError", "TokenError"}


def test_every_place_that_creates_an_error_has_a_case(collected: Collected) -> None:
    assert messages.places_without_case(collected) == []


def test_every_row_of_the_error_map_has_a_case(collected: Collected) -> None:
    texts = [message.text for message in collected.messages]
    missing = {text for *_, text in error_map._ERRORS if not any(f": {text} (" in each for each in texts)}
    assert missing == {"no response within the timeout"}  # replaced by a message with the timeout of the call


def test_a_place_without_case_is_found() -> None:
    assert any("the client was closed" in place for place in messages.places_without_case(Collected()))


def test_every_exemption_is_needed() -> None:
    assert {messages.first_text(node) for _, node in messages.places()} >= set(WITHOUT_CASE)


def test_errors_of_a_call_name_the_operation_and_the_next_step(collected: Collected) -> None:
    for message in collected.messages:
        modules = (sign_in, oauth, bulk, errors, tokens)
        kind = next(getattr(each, message.kind) for each in modules if hasattr(each, message.kind))
        of_a_call = errors.ServiceError | errors.InvalidResponseError | errors.TransportError
        if issubclass(kind, of_a_call) and message.cause not in WITHOUT_CALL:
            operation, _, rest = message.text.partition(" failed")
            assert operation.isalpha(), message.text
            assert rest.count(". "), message.text
            assert message.text.endswith("."), message.text


def test_no_message_contains_a_secret(collected: Collected) -> None:
    assert [message for message in collected.messages if "hunter2" in message.text] == []
