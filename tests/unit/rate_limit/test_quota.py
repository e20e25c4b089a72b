"""QuotaRateLimiter: which quota counts, shares, deadlines, and rates that the service tells."""

from __future__ import annotations

import asyncio
import copy
import logging
import os
import pickle
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cognito_async import types
from cognito_async._endpoints.quotas import QUOTAS
from cognito_async._errors import (
    ClientClosedError,
    ConfigurationError,
    ConnectError,
    CredentialsError,
    RequestTimeoutError,
)
from cognito_async.errors import ServiceError, TooManyRequestsException
from cognito_async.rate_limit import Quota, QuotaRateLimiter, _quota, quota_of
from support.quota_simulation import Process, Service, acquire, limited, limiter_on
from support.virtual_time import run_in_virtual_time

TESTS = Path(__file__).parents[2]


def test_the_quota_of_an_operation() -> None:
    assert quota_of(types.AdminGetUserRequest.operation) == Quota("UserRead", 120, adjustable=True)
    assert quota_of(types.GetGroupRequest.operation) == Quota(
        "UserPoolResourceRead", 20, adjustable=False, per_pool=5
    )
    assert quota_of(types.ListTermsRequest.operation) is None


def rate_of(limiter: QuotaRateLimiter, **facts: Any) -> float:
    """Return the rate of the bucket that a request takes from."""
    limiter._queues.clear()
    limiter.acquire(limited(**facts))
    (queue,) = limiter._queues.values()
    return queue.bucket.rate


@pytest.mark.parametrize(
    ("operation", "quota", "challenge", "rate"),
    [
        ("AdminGetUser", "UserRead", None, 120),
        ("InitiateAuth", "UserAuthentication", None, 120),
        ("RespondToAuthChallenge", "UserAuthentication", "PASSWORD_VERIFIER", 360),
        ("AdminRespondToAuthChallenge", "UserAuthentication", "SMS_MFA", 360),
        ("RespondToAuthChallenge", "UserAuthentication", None, 360),
        ("RespondToAuthChallenge", "UserAuthentication", "NEW_PASSWORD_REQUIRED", 30),
    ],
)
def test_a_request_counts_toward_its_category(
    operation: str, quota: str, challenge: str | None, rate: float
) -> None:
    for share in (1.0, 0.1):
        limiter = QuotaRateLimiter(share=share)
        assert rate_of(limiter, operation=operation, quota=quota, challenge=challenge) == rate * share


def test_responses_to_challenges_do_not_use_up_the_quota_of_sign_ins() -> None:
    limiter = limiter_on(lambda: 0.0, share=0.01)
    sign_in = limited("InitiateAuth", "UserAuthentication")
    respond = limited("RespondToAuthChallenge", "UserAuthentication", challenge="SMS_MFA")
    assert (limiter.acquire(sign_in), limiter.acquire(respond)) == (None, None)
    assert limiter._queues.keys() == {
        ("eu-west-1", "UserAuthentication", False),
        ("eu-west-1", "UserAuthentication", True),
    }


def test_an_operation_without_quota_is_not_delayed() -> None:
    limiter = QuotaRateLimiter(share=0.001, ask_service=True)
    for _ in range(100):
        assert limiter.acquire(limited("ListTerms", None)) is None
    limiter.feedback(limited("ListTerms", None), throttled=True, seconds=0.1)
    assert limiter._queues == {}


def test_regions_have_quotas_of_their_own() -> None:
    limiter = limiter_on(lambda: 0.0, share=0.01)
    for region in ("eu-west-1", "us-east-1"):
        assert limiter.acquire(limited(region=region)) is None


def test_pools_have_a_quota_of_their_own_where_aws_says_so() -> None:
    limiter = limiter_on(lambda: 0.0)
    group = {"operation": "GetGroup", "quota": "UserPoolResourceRead"}
    assert limiter.acquire(limited(**group, user_pool_id="a")) is None
    refused = {"seconds_left": 0.01}
    with pytest.raises(RequestTimeoutError):
        limiter.acquire(limited(**group, user_pool_id="a", **refused))
    limiter = limiter_on(lambda: 0.0)
    for pool in ("a", "b", "a", "b", "a", None):
        assert limiter.acquire(limited(user_pool_id=pool)) is None  # UserRead has none


def test_rates_replace_the_defaults() -> None:
    limiter = QuotaRateLimiter(share=0.5, rates={"UserRead": 240, "UserAuthentication": 200.5})
    assert rate_of(limiter) == 120
    respond = {"operation": "RespondToAuthChallenge", "quota": "UserAuthentication"}
    assert rate_of(limiter, **respond) == 300.75
    assert rate_of(limiter, operation="SignUp", quota="UserCreation") == 25
    assert repr(limiter) == (
        "QuotaRateLimiter(share=0.5, rates={'UserRead': 240, 'UserAuthentication': 200.5})"
    )
    assert repr(QuotaRateLimiter(ask_service=True)) == "QuotaRateLimiter(share=1.0, ask_service=True)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"share": 0}, "share=0: expected a number from 0.000001 to 1"),
        ({"share": 1e-320}, "share=1e-320: expected a number from 0.000001 to 1"),
        ({"share": 1.1}, "share=1.1: expected"),
        ({"share": True}, "share=True: expected"),
        ({"share": "0.5"}, "share='0.5': expected"),
        ({"share": float("nan")}, "share=nan: expected"),
        ({"rates": 5}, "rates=5: expected a mapping"),
        ({"rates": {"user_read": 5}}, "no quota category 'user_read', did you mean 'UserRead'?"),
        ({"rates": {"x": 5}}, "no quota category 'x'; the categories are UserAuthentication, UserCreation,"),
        ({"rates": {"UserRead": 0}}, "UserRead is 0; expected requests per second, from 0.000001 to"),
        ({"rates": {"UserRead": float("inf")}}, "UserRead is inf; expected"),
        (
            {"rates": {"UserRead": 1e-320}},
            "UserRead is 1e-320; expected requests per second, from 0.000001 to",
        ),
        ({"rates": {"UserRead": float("nan")}}, "UserRead is nan; expected"),
        (
            {"rates": {"UserRead": 1e30}},
            "UserRead is 1e+30; expected requests per second, from 0.000001 to 1,000,000",
        ),
        ({"rates": {"UserRead": 10**400}}, "expected requests per second, from 0.000001 to 1,000,000"),
        ({"rates": {"UserRead": "5"}}, "UserRead is '5'; expected"),
    ],
)
def test_a_wrong_argument_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        QuotaRateLimiter(**arguments)
    assert message in str(caught.value)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_it_cannot_be_copied_to_another_process(duplicate: Any) -> None:
    with pytest.raises(TypeError, match="Each process needs a limiter of its own"):
        duplicate(QuotaRateLimiter())


# Deadlines


def test_a_call_that_cannot_be_sent_before_its_deadline_fails_at_once() -> None:
    limiter = limiter_on(lambda: 0.0, share=0.01)
    limiter.acquire(limited())
    with pytest.raises(RequestTimeoutError) as caught:
        limiter.acquire(limited(seconds_left=0.5))
    assert str(caught.value).startswith(
        "the quota UserRead allows this process 1.2 requests per second (share=0.01); the wait would be "
        "0.877 seconds, 0.5 are left"
    )
    for remedy in ("raise timeout", "rates=", "ask_service=True", "share="):
        assert remedy in str(caught.value)


def test_a_call_that_may_be_in_time_waits() -> None:
    async def run() -> float:
        loop = asyncio.get_running_loop()
        limiter = limiter_on(loop.time, share=0.01)
        start = loop.time()
        for _ in range(3):
            await acquire(limiter, limited(seconds_left=0.9))
        return loop.time() - start

    assert run_in_virtual_time(run()) == pytest.approx(2 / 1.14, abs=0.01)


def test_the_error_names_the_rate_of_the_pool_if_that_is_the_lower_one() -> None:
    limiter = limiter_on(lambda: 0.0)
    group = {"operation": "GetGroup", "quota": "UserPoolResourceRead", "user_pool_id": "a"}
    limiter.acquire(limited(**group))
    with pytest.raises(RequestTimeoutError) as caught:
        limiter.acquire(limited(**group, seconds_left=0.1))
    assert str(caught.value).startswith(
        "the quota UserPoolResourceRead allows this process 5 requests per second of GetGroup for one pool "
        "(share=1); the wait would be 0.211 seconds, 0.1 are left"
    )
    assert "rates=" not in str(caught.value)


def test_a_call_that_is_late_because_of_throttling_fails_at_once_and_says_so() -> None:
    limiter = limiter_on(lambda: 10.0, rates={"UserRead": 2})
    limiter.acquire(limited())
    for seconds in (0.0, 0.0, 0.0):
        limiter.feedback(limited(), throttled=True, seconds=seconds)
    with pytest.raises(RequestTimeoutError) as caught:
        limiter.acquire(limited(seconds_left=2.0))  # at the whole rate it would be in time
    assert "(share=1), at present 12% of it, because requests were throttled; the wait" in str(caught.value)


def test_throttling_slows_the_category_down_and_success_does_not() -> None:
    limiter = limiter_on(lambda: 10.0)
    request = limited()
    limiter.acquire(request)
    limiter.feedback(request, throttled=False, seconds=0.1)
    (queue,) = limiter._queues.values()
    assert queue.bucket.factor(10.0) == 1
    limiter.feedback(request, throttled=True, seconds=0.1)
    limiter.feedback(request, throttled=True, seconds=0.2)  # it was in flight already
    assert queue.bucket.factor(10.0) == 0.5


# Rates that the service tells


class Limits:
    """Answers GetProvisionedLimit."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def __call__(self, category: str) -> Any:
        self.asked.append(category)
        await asyncio.sleep(0.1)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def asked_limiter(*requests: Any, **arguments: Any) -> QuotaRateLimiter:
    """Let requests wait for a limiter that asks the service, all at a time and then once more."""
    limiter = limiter_on(asyncio.get_running_loop().time, ask_service=True, **arguments)
    for _ in range(2):
        await asyncio.gather(*(acquire(limiter, request) for request in requests))
        await asyncio.sleep(1)
    return limiter


def ask(*requests: Any, **arguments: Any) -> QuotaRateLimiter:
    return run_in_virtual_time(asked_limiter(*requests, **arguments))


def test_the_service_is_asked_once_for_each_adjustable_category() -> None:
    limits = Limits(500)
    user = limited(provisioned_rate=limits)
    respond = limited("RespondToAuthChallenge", "UserAuthentication", provisioned_rate=limits)
    users = limited("ListUsers", "UserList", provisioned_rate=limits)
    limiter = ask(user, user, respond, users, user, rates={"UserList": 30})
    assert sorted(limits.asked) == ["UserAuthentication", "UserRead"]
    rates = {key[1:]: queue.bucket.rate for key, queue in limiter._queues.items()}
    assert rates == {("UserRead", False): 500, ("UserAuthentication", True): 1500, ("UserList", False): 30}


def test_the_answer_is_for_this_share_and_region() -> None:
    async def run() -> dict[str, float]:
        limiter = await asked_limiter(limited(provisioned_rate=Limits(500)), share=0.5)
        limiter.acquire(limited(region="us-east-1", provisioned_rate=Limits(RequestTimeoutError("late"))))
        return {key[0]: queue.bucket.rate for key, queue in limiter._queues.items()}

    assert run_in_virtual_time(run()) == {"eu-west-1": 250, "us-east-1": 60}


def test_calls_do_not_wait_for_the_answer() -> None:
    async def run() -> None:
        limiter = limiter_on(asyncio.get_running_loop().time, ask_service=True)
        assert limiter.acquire(limited(seconds_left=0.01, provisioned_rate=Limits(500))) is None
        (queue,) = limiter._queues.values()
        assert queue.bucket.rate == 120
        await asyncio.sleep(1)
        assert queue.bucket.rate == 500

    run_in_virtual_time(run())


def test_a_given_rate_is_not_asked_for() -> None:
    limits = Limits(500)
    limiter = ask(limited(provisioned_rate=limits), rates={"UserRead": 7})
    assert limits.asked == []
    assert rate_of(limiter) == 7


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ServiceError(code="AccessDeniedException"), "AccessDeniedException"),
        (None, "the response has none"),
        (0, "the response has none"),
        (10**400, "the response has none"),
        ("500", "the response has none"),
    ],
)
def test_if_the_service_does_not_tell_the_default_is_used_with_one_warning(
    answer: object, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    limits = Limits(answer)
    request = limited(provisioned_rate=limits)
    with caplog.at_level(logging.WARNING, logger="cognito_async"):
        limiter = ask(request, request, request)
    assert limits.asked == ["UserRead"]
    (record,) = caplog.records
    assert f"UserRead ({reason}); the default of 120 requests per second is used:" in record.getMessage()
    limiter._clock = lambda: 0.0
    assert rate_of(limiter) == 120


@pytest.mark.parametrize(
    "failure",
    [
        ServiceError(code="InternalErrorException", status=500),
        TooManyRequestsException(),
        CredentialsError("none"),
        RequestTimeoutError("none"),
        ConnectError("none"),
        AttributeError("none"),
    ],
)
def test_after_a_failure_that_may_pass_the_service_is_asked_again_later(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        limits = Limits(failure)
        request = limited(provisioned_rate=limits)
        limiter = await asked_limiter(request)
        assert len(limits.asked) == 1
        assert "is used, and the service is asked again in 60 seconds: allow" in caplog.text
        await asyncio.sleep(60)
        limits.answer = 500
        limiter.acquire(request)
        await asyncio.sleep(1)
        assert len(limits.asked) == 2
        assert rate_of(limiter, provisioned_rate=limits) == 500

    run_in_virtual_time(run())


def test_if_the_client_that_asks_is_closed_the_next_one_asks() -> None:
    async def run() -> None:
        closed, other = Limits(ClientClosedError("closed")), Limits(500)
        limiter = limiter_on(asyncio.get_running_loop().time, ask_service=True)
        for limits in (closed, other, other):
            limiter.acquire(limited(provisioned_rate=limits))
            await asyncio.sleep(1)
        assert (len(closed.asked), len(other.asked)) == (1, 1)
        assert rate_of(limiter) == 500

    run_in_virtual_time(run())


def test_a_question_that_ended_with_its_loop_is_asked_again() -> None:
    limiter = QuotaRateLimiter(ask_service=True)
    limits = Limits(500)

    async def interrupted() -> None:
        limiter.acquire(limited(provisioned_rate=limits))
        await asyncio.sleep(0)

    asyncio.run(interrupted())
    loop = asyncio.new_event_loop()
    loop.run_until_complete(interrupted())
    loop.close()
    limiter._clock = lambda: 0.0
    asyncio.run(interrupted())
    assert len(limits.asked) == 3
    assert limiter._asked == {}


def test_a_cancelled_call_does_not_stop_the_question() -> None:
    async def run() -> list[Any]:
        limits = Limits(500)
        limiter = limiter_on(asyncio.get_running_loop().time, ask_service=True, rates={"UserToken": 0.1})
        request = limited(provisioned_rate=limits)
        first = asyncio.create_task(acquire(limiter, request))
        await asyncio.sleep(0.05)
        first.cancel()
        await asyncio.sleep(1)
        return [*limits.asked, rate_of(limiter, provisioned_rate=limits)]

    assert run_in_virtual_time(run()) == ["UserRead", 500]


def test_the_question_has_the_whole_quota_of_its_category() -> None:
    limiter = QuotaRateLimiter(share=0.1)
    asking = {"operation": "GetProvisionedLimit", "quota": "LimitManagement"}
    assert rate_of(limiter, **asking) == QUOTAS["LimitManagement"].rate == 1


def test_the_lowest_values_give_a_wait_that_is_finite() -> None:
    limiter = limiter_on(lambda: 0.0, share=1e-6, rates={"UserRead": 1e-6})
    limiter._first_token = 1.0
    assert limiter.acquire(limited()) is None
    with pytest.raises(RequestTimeoutError, match=r"the wait would be 1\.05e\+12 seconds, 60 are left"):
        limiter.acquire(limited(seconds_left=60.0))


def test_the_highest_rate_works() -> None:
    limiter = limiter_on(lambda: 0.0, rates={"UserRead": 1e6})
    assert [limiter.acquire(limited()) for _ in range(100)] == [None] * 100


# Processes


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_does_not_wait_for_calls_of_its_parent() -> None:
    program = """
import asyncio, os, sys
from cognito_async.rate_limit import QuotaRateLimiter
from support.quota_simulation import acquire, limited

async def call():
    await acquire(limiter, limited(seconds_left=5.0))

async def main():
    tasks = [asyncio.create_task(acquire(limiter, limited())) for _ in range(1000)]
    await asyncio.sleep(0)
    (queue,) = limiter._queues.values()
    with queue._lock:
        child = os.fork()
    if child:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    assert limiter._queues == {}
    asyncio._set_running_loop(None)
    asyncio.new_event_loop().run_until_complete(call())
    os._exit(0)

for share in (1.0, 0.5):
    limiter = QuotaRateLimiter(share=share)
    try:
        asyncio.run(main())
    except SystemExit as end:
        assert end.code == 0
"""
    result = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.append({str(TESTS)!r}){program}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("share", [0.5, 1])
def test_after_a_fork_a_limiter_begins_anew(share: float) -> None:
    limiter = QuotaRateLimiter(share=share)
    limiter.acquire(limited())
    (queue,) = limiter._queues.values()
    lock = queue._lock
    _quota._reset_limiters()
    assert (limiter._queues, limiter._asking) == ({}, {})
    assert queue._lock is not lock  # a thread of the parent may hold it
    assert (limiter._first_token == 1) == (share == 1)


@pytest.mark.parametrize("operation", ["ListGroups", "GetGroup"])
@pytest.mark.parametrize("seed", range(3))
def test_ten_processes_that_start_together_keep_to_the_rate_of_a_pool(seed: int, operation: str) -> None:
    async def run() -> Service:
        loop = asyncio.get_running_loop()
        service, random = Service(5, loop.time), Random(seed)
        async with asyncio.TaskGroup() as group:
            for number in range(10):
                limiter = limiter_on(loop.time, share=0.1)
                limiter._first_token = random.random()
                request = limited(operation, "UserPoolResourceRead", user_pool_id="a")
                process = Process(limiter, service, Random(seed * 100 + number), 0.05, request)
                group.create_task(process.run(4, loop.time() + 60))
        return service

    service = run_in_virtual_time(run())
    assert service.throttled_share < 0.005
    assert service.used(3, 60) > 0.9
