"""The sign-in of the example on error handling handles every kind of error."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from cognito_async import CognitoClient
from cognito_async.errors import InvalidRequestError, ResourceNotFoundException
from emulators.moto_server import PASSWORD
from examples.example import Completed, load
from examples.proxy import ControlledProxy, Disconnect, Fail, Hang
from support.loop_clock import LoopClock, stopped_clock

example = load("error_handling")
LATER, REFUSED = example.Result.LATER, example.Result.REFUSED
SignIn = Callable[..., Awaitable[Any]]
Practice = Callable[[int], Awaitable[str]]
Run = Callable[..., Awaitable[Completed]]


@pytest.fixture
async def clock() -> AsyncIterator[LoopClock]:
    """Stop the clock, so that no timeout of the example expires on a busy machine."""
    with stopped_clock() as clock:
        yield clock


@pytest.fixture
async def sign_in(proxy: ControlledProxy, practice: Practice, clock: LoopClock) -> AsyncIterator[SignIn]:
    """Return a sign-in without retries; only the first of the two users has a password."""
    await practice(2)
    client_id = os.environ["COGNITO_CLIENT_ID"]
    async with CognitoClient(retry_mode="off") as client:

        async def sign_in(username: str = "user-001", password: Any = PASSWORD, seconds: float = 10) -> Any:
            return await example.sign_in(client, client_id, username, password, seconds)

        yield sign_in


async def test_the_right_password_signs_in(sign_in: SignIn) -> None:
    assert await sign_in() == example.Outcome(example.Result.SIGNED_IN, "Hello user-001.")


async def test_a_wrong_password_and_an_unknown_user_get_the_same_message(sign_in: SignIn) -> None:
    outcome = await sign_in(password="Wrong-Horse-7")
    assert outcome.result is REFUSED
    assert outcome == await sign_in("nobody")


async def test_a_challenge_is_not_an_error(sign_in: SignIn, emulator: CognitoClient) -> None:
    await emulator.admin_set_user_password(
        user_pool_id=os.environ["COGNITO_USER_POOL_ID"],
        username="user-002",
        password=PASSWORD,
        permanent=False,
    )
    outcome = await sign_in("user-002")
    assert outcome == example.Outcome(example.Result.CHALLENGE, "Continue with NEW_PASSWORD_REQUIRED.")


@pytest.mark.parametrize(
    ("action", "result", "text"),
    [
        (Fail("UserNotConfirmedException"), REFUSED, "Enter the code"),
        (Fail("PasswordResetRequiredException"), REFUSED, "Choose a new one"),
        (Fail("UserNotFoundException"), REFUSED, "Username or password is wrong"),
        (Fail("UserLambdaValidationException", message="Not on Sundays."), REFUSED, "Not on Sundays"),
        (Fail("TooManyRequestsException"), LATER, "Too busy"),
        (Fail("InternalErrorException", status=500), LATER, "Too busy"),
        (Disconnect(), LATER, "No connection"),
    ],
    ids=lambda value: getattr(value, "code", None),
)
async def test_each_error_has_its_message(
    sign_in: SignIn, proxy: ControlledProxy, action: Any, result: Any, text: str
) -> None:
    proxy.plans["InitiateAuth"] = [action]
    outcome = await sign_in()
    assert outcome.result is result
    assert outcome.text.startswith(text) or text in outcome.text


async def test_the_deadline_applies_to_all_calls_together(
    sign_in: SignIn, proxy: ControlledProxy, clock: LoopClock
) -> None:
    hang = Hang()
    proxy.plans["GetUser"] = [hang]
    signing_in = asyncio.create_task(sign_in(seconds=1))
    await hang.reached.wait()
    clock.advance(1)
    outcome = await signing_in
    assert outcome.result is LATER
    assert proxy.count("GetUser") == 1


async def test_a_timeout_of_the_client_is_distinguished_from_the_deadline(
    proxy: ControlledProxy, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.plans["InitiateAuth"] = [Hang()]
    async with CognitoClient(retry_mode="off", read_timeout=0.1) as client:
        outcome = await example.sign_in(client, "id", "user-001", PASSWORD, seconds=60)
    assert outcome.result is LATER
    assert caplog.messages[-1].startswith("InitiateAuth failed: ")


async def test_a_configuration_error_is_not_caught(sign_in: SignIn, proxy: ControlledProxy) -> None:
    proxy.plans["InitiateAuth"] = [Fail("ResourceNotFoundException")]
    with pytest.raises(ResourceNotFoundException):
        await sign_in()


async def test_an_invalid_request_is_not_sent_and_its_error_hides_the_password(
    sign_in: SignIn, proxy: ControlledProxy
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        await sign_in(password=20260101)
    assert "20260101" not in str(caught.value)
    assert proxy.calls == []


async def test_the_log_has_the_operation_and_no_secret(
    sign_in: SignIn, proxy: ControlledProxy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    proxy.plans["InitiateAuth"] = [Fail("TooManyRequestsException")]
    await sign_in()
    assert "InitiateAuth failed with TooManyRequestsException" in caplog.text
    assert "; throttled" in caplog.text
    assert PASSWORD not in caplog.text


async def test_the_command_prints_the_result(run: Run, practice: Practice, proxy: ControlledProxy) -> None:
    await practice(1)
    completed = await run("error_handling", "user-001", text=f"{PASSWORD}\n")
    assert (completed.code, completed.out, completed.err) == (0, "signed in: Hello user-001.\n", "")
    completed = await run("error_handling", "user-001", text="Wrong-Horse-7\n")
    assert (completed.code, completed.out) == (1, "refused: Username or password is wrong.\n")


async def test_the_command_reports_a_configuration_error(
    run: Run, practice: Practice, proxy: ControlledProxy
) -> None:
    await practice(1)
    completed = await run("error_handling", "user-001", "--client-id", "nope", text=f"{PASSWORD}\n")
    assert (completed.code, completed.out) == (2, "")
    assert "configuration error: InitiateAuth failed with ResourceNotFoundException" in completed.err
    assert PASSWORD not in completed.err
