"""The page of all messages is current and complete, and what stands in it can be acted on."""

from __future__ import annotations

import asyncio

import pytest
from faults import messages
from faults.messages import NOT_HERE, Told
from support import botocore_version

from cognito_async import _transport, errors

pytestmark = pytest.mark.botocore_since(botocore_version.LOCK["botocore"], "the model")
RAISED = sorted(set(errors.__all__) - {"CognitoError"})


@pytest.fixture(scope="module")
def told() -> Told:
    return asyncio.run(messages.tell())


def test_the_page_is_what_is_raised(told: Told) -> None:
    assert messages.DOCUMENT.read_text(encoding="utf-8") == messages.document(told.messages), (
        "python tests/faults/messages.py"
    )


def test_every_class_is_on_the_page(told: Told) -> None:
    assert sorted({message.kind for message in told.messages}) == RAISED


def test_every_line_of_the_package_that_makes_an_error_is_on_the_page(told: Told) -> None:
    assert messages.unprovoked(told) == []


def test_every_error_of_aiohttp_is_on_the_page_or_told_in_other_words(told: Told) -> None:
    texts = [message.text for message in told.messages]
    missing = {text for *_, text in _transport._ERRORS if not any(f": {text} (" in each for each in texts)}
    assert missing == {"no answer in time"}  # the deadline of the call says how long that was


def test_a_line_that_nothing_provokes_would_be_found(told: Told) -> None:
    assert any("the client was closed" in place for place in messages.unprovoked(Told()))


def test_no_exception_from_the_rule_is_stale() -> None:
    assert {messages._first_words(node) for _, node in messages.places()} >= set(NOT_HERE)


def test_an_error_of_a_call_names_the_operation_and_says_what_to_do(told: Told) -> None:
    for message in told.messages:
        kind = getattr(errors, message.kind)
        if issubclass(kind, errors.ServiceError | errors.InvalidResponseError) or (
            issubclass(kind, errors.TransportError) and " while a call " not in message.how
        ):
            operation, _, rest = message.text.partition(" failed")
            assert operation.isalpha(), message.text
            assert rest.count(". "), message.text
            assert message.text.endswith("."), message.text


def test_no_message_holds_a_secret(told: Told) -> None:
    assert [message for message in told.messages if "hunter2" in message.text] == []
