"""The sign-in of the example on error handling: each error has its answer."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from example import Ended, load
from moto_server import PASSWORD
from relay import Cut, Fail, Hold, Relay

from cognito_async import CognitoClient
from cognito_async.errors import InvalidRequestError, ResourceNotFoundException

example = load("error_handling")
LATER, REFUSED = example.Result.LATER, example.Result.REFUSED
SignIn = Callable[..., Awaitable[Any]]
Practice = Callable[[int], Awaitable[str]]
Run = Callable[..., Awaitable[Ended]]


@pytest.fixture
async def sign_in(relay: Relay, practice: Practice) -> AsyncIterator[SignIn]:
    """Give the sign-in of the first of two users, who have one and no password, with a client that does not retry."""
    await practice(2)
    client_id = os.environ["COGNITO_CLIENT_ID"]
    async with CognitoClient(retry_mode="off") as client:

        async def sign_in(username: str = "user-001", password: Any = PASSWORD, seconds: float = 10) -> Any:
            return await example.sign_in(client, client_id, username, password, seconds)

        yield sign_in


async def test_the_right_password_signs_in(sign_in: SignIn) -> None:
    assert await sign_in() == example.Outcome(example.Result.SIGNED_IN, "Hello user-001.")


async def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(sign_in: SignIn) -> None:
    outcome = await sign_in(password="Wrong-Horse-7")
    assert outcome.result is REFUSED
    assert outcome == await sign_in("nobody")


async def test_a_challenge_is_no_error(sign_in: SignIn, emulator: CognitoClient) -> None:
    await emulator.admin_set_user_password(
        user_pool_id=os.environ["COGNITO_USER_POOL_ID"],
        username="user-002",
        password=PASSWORD,
        permanent=False,
    )
    outcome = await sign_in("user-002")
    assert outcome == example.Outcome(example.Result.CHALLENGE, "Go on with NEW_PASSWORD_REQUIRED.")


@pytest.mark.parametrize(
    ("step", "result", "text"),
    [
        (Fail("UserNotConfirmedException"), REFUSED, "Enter the code"),
        (Fail("PasswordResetRequiredException"), REFUSED, "Choose a new one"),
        (Fail("UserNotFoundException"), REFUSED, "Username or password is wrong"),
        (Fail("UserLambdaValidationException", message="Not on Sundays."), REFUSED, "Not on Sundays"),
        (Fail("TooManyRequestsException"), LATER, "Too busy"),
        (Fail("InternalErrorException", status=500), LATER, "Too busy"),
        (Cut(), LATER, "No connection"),
    ],
    ids=lambda value: getattr(value, "code", None),
)
async def test_each_error_has_its_answer(
    sign_in: SignIn, relay: Relay, step: Any, result: Any, text: str
) -> None:
    relay.plans["InitiateAuth"] = [step]
    outcome = await sign_in()
    assert outcome.result is result
    assert outcome.text.startswith(text) or text in outcome.text


async def test_the_deadline_is_for_all_calls_together(sign_in: SignIn, relay: Relay) -> None:
    relay.plans["GetUser"] = [Hold()]
    outcome = await sign_in(seconds=0.2)
    assert outcome.result is LATER
    assert relay.count("GetUser") == 1


async def test_a_timeout_of_the_client_is_told_from_the_deadline(
    relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    relay.plans["InitiateAuth"] = [Hold()]
    async with CognitoClient(retry_mode="off", read_timeout=0.1) as client:
        outcome = await example.sign_in(client, "id", "user-001", PASSWORD, seconds=60)
    assert outcome.result is LATER
    assert caplog.messages[-1].startswith("InitiateAuth failed: ")


async def test_what_is_set_up_wrongly_gets_out(sign_in: SignIn, relay: Relay) -> None:
    relay.plans["InitiateAuth"] = [Fail("ResourceNotFoundException")]
    with pytest.raises(ResourceNotFoundException):
        await sign_in()


async def test_a_mistake_in_the_program_gets_out_unsent_and_without_the_password(
    sign_in: SignIn, relay: Relay
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        await sign_in(password=20260101)
    assert "20260101" not in str(caught.value)
    assert relay.calls == []


async def test_logs_name_the_operation_and_no_secret(
    sign_in: SignIn, relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    relay.plans["InitiateAuth"] = [Fail("TooManyRequestsException")]
    await sign_in()
    assert "InitiateAuth failed with TooManyRequestsException" in caplog.text
    assert "slow down" in caplog.text
    assert PASSWORD not in caplog.text


async def test_the_command_says_how_it_went(run: Run, practice: Practice, relay: Relay) -> None:
    await practice(1)
    ended = await run("error_handling", "user-001", text=f"{PASSWORD}\n")
    assert (ended.code, ended.out, ended.err) == (0, "signed in: Hello user-001.\n", "")
    ended = await run("error_handling", "user-001", text="Wrong-Horse-7\n")
    assert (ended.code, ended.out) == (1, "refused: Username or password is wrong.\n")


async def test_the_command_names_what_is_set_up_wrongly(run: Run, practice: Practice, relay: Relay) -> None:
    await practice(1)
    ended = await run("error_handling", "user-001", "--client-id", "nope", text=f"{PASSWORD}\n")
    assert (ended.code, ended.out) == (2, "")
    assert "set up wrongly: InitiateAuth failed with ResourceNotFoundException" in ended.err
    assert PASSWORD not in ended.err
