"""The keys of a verifier: fetched once, refetched rarely, kept when a fetch fails."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cognito_async import HTTPResponse
from cognito_async.errors import ConfigurationError, ConnectError, TLSError
from cognito_async.tokens import KeysUnavailableError, TokenVerifier, UnknownKeyError, _jwks
from cognito_async.tokens._download import MAX_SIZE, TIMEOUT
from cognito_async.tokens._jwks import MAX_AGE, REFETCH_INTERVAL, RETRY_AFTER_FAILURE
from support.tokens import CLIENT, ISSUER, POOL, jwk, jwks_body, token
from support.transports import HANG, ScriptedTransport

URL = f"{ISSUER}/.well-known/jwks.json"


def keys(*numbers: int) -> HTTPResponse:
    return HTTPResponse(200, {}, jwks_body(*(jwk(number) for number in numbers)))


def status(code: int) -> HTTPResponse:
    return HTTPResponse(code, {"location": URL}, jwks_body())


def verifier_with(make: Any, *steps: Any, default: Any = None, **settings: Any) -> Any:
    transport = ScriptedTransport(*steps, default=default or keys(0))
    return make(transport=transport, **settings), transport


async def background(verifier: TokenVerifier) -> None:
    """Wait for a fetch in the background."""
    (pool,) = verifier._pools.values()
    assert pool.keys._flight.running
    await asyncio.wait([pool.keys._flight.start()])


# Fetches


async def test_keys_are_fetched_once_for_all_who_wait_and_then_kept(make_verifier: Any) -> None:
    verifier, transport = verifier_with(make_verifier)
    await asyncio.gather(*(verifier.access(token()) for _ in range(20)))
    await verifier.access(token())
    (request,) = transport.sent
    assert (request.method, request.url, request.body) == ("GET", URL, b"")
    assert transport.prepared == ["https://cognito-idp.eu-west-1.amazonaws.com/"]
    assert transport.timeouts == [TIMEOUT]


async def test_a_caller_that_is_cancelled_does_not_cancel_the_others(make_verifier: Any) -> None:
    verifier, transport = verifier_with(make_verifier)
    calls = [asyncio.create_task(verifier.access(token())) for _ in range(3)]
    await asyncio.sleep(0)
    calls[0].cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert [result.sub for result in results[1:]] == ["sub-of-ana"] * 2  # type: ignore[union-attr]
    assert len(transport.sent) == 1


async def test_hydrate_fetches_the_keys_unless_they_are_there(make_verifier: Any) -> None:
    verifier, transport = verifier_with(make_verifier)
    await verifier.hydrate()
    await verifier.hydrate()
    assert verifier.access_sync(token())
    assert len(transport.sent) == 1


async def test_an_unknown_key_is_fetched_once_per_interval(make_verifier: Any, clock: Any) -> None:
    verifier, transport = verifier_with(make_verifier, keys(0), keys(0), default=keys(0, 1))
    assert await verifier.access(token())
    for _ in range(3):
        with pytest.raises(UnknownKeyError):
            await verifier.access(token(number=1))
    assert len(transport.sent) == 1
    clock.now += REFETCH_INTERVAL
    for _ in range(3):
        with pytest.raises(UnknownKeyError):
            await verifier.access(token(number=1))
    assert len(transport.sent) == 2
    clock.now += REFETCH_INTERVAL
    assert await verifier.access(token(number=1))
    assert len(transport.sent) == 3


async def test_keys_that_are_gone_are_no_longer_accepted(make_verifier: Any, clock: Any) -> None:
    verifier, _ = verifier_with(make_verifier, keys(0), default=keys(1), cache=8)
    await verifier.access(token())
    clock.now += REFETCH_INTERVAL
    await verifier.access(token(number=1))
    with pytest.raises(UnknownKeyError):
        await verifier.access(token())


async def test_old_keys_are_fetched_again_in_the_background(make_verifier: Any, clock: Any) -> None:
    verifier, transport = verifier_with(make_verifier, keys(0), HANG, default=keys(1))
    await verifier.access(token())
    clock.now += MAX_AGE
    exp = clock.now + 3600
    for _ in range(3):
        assert await verifier.access(token(exp=exp))
    await transport.hanging.wait()
    assert len(transport.sent) == 2
    await verifier.close()


@pytest.mark.parametrize("size", [None, 8])
async def test_old_keys_are_replaced(make_verifier: Any, clock: Any, size: int | None) -> None:
    verifier, transport = verifier_with(make_verifier, keys(0), default=keys(0, 1), cache=size)
    exp = clock.now + 2 * MAX_AGE
    await verifier.access(token(exp=exp))
    clock.now += MAX_AGE
    assert await verifier.access(token(exp=exp))
    await background(verifier)
    assert await verifier.access(token(exp=exp, number=1))
    assert len(transport.sent) == 2


async def test_keys_that_did_not_change_leave_the_cache_of_tokens_alone(
    make_verifier: Any, clock: Any
) -> None:
    verifier, _ = verifier_with(make_verifier, cache=8)
    exp = clock.now + 2 * MAX_AGE
    claims = await verifier.access(token(exp=exp))
    clock.now += MAX_AGE
    assert await verifier.access(token(exp=exp)) is claims
    await background(verifier)
    assert await verifier.access(token(exp=exp)) is claims


@pytest.mark.parametrize("failure", [TLSError("no"), status(404), HTTPResponse(200, {}, b"<html>")])
async def test_old_keys_stay_when_the_fetch_fails(make_verifier: Any, clock: Any, failure: Any) -> None:
    verifier, transport = verifier_with(make_verifier, keys(0), failure, failure)
    await verifier.access(token())
    for sent in (2, 3):
        clock.now += MAX_AGE
        exp = clock.now + 3600
        assert await verifier.access(token(exp=exp))
        await background(verifier)
        for _ in range(3):
            assert await verifier.access(token(exp=exp))
        assert len(transport.sent) == sent


async def test_a_failure_of_another_kind_is_not_repeated_with_each_token(
    make_verifier: Any, clock: Any
) -> None:
    verifier, transport = verifier_with(make_verifier, keys(0), RuntimeError("a custom transport"))
    await verifier.access(token())
    clock.now += MAX_AGE
    await verifier.access(token(exp=clock.now + 1))
    await background(verifier)
    await verifier.access(token(exp=clock.now + 1))
    await asyncio.sleep(0)
    assert len(transport.sent) == 2


# Failures


@pytest.mark.parametrize(
    ("steps", "match"),
    [
        ([TLSError("wrong certificate")], f"cannot fetch the keys from {URL}: wrong certificate"),
        ([status(404)], f"cannot fetch the keys from {URL}: HTTP 404"),
        ([status(302)], "HTTP 302"),
        ([HTTPResponse(200, {}, b"<html>")], f"the response of {URL} is not usable: it is not JSON"),
        ([HTTPResponse(200, {}, b"[]")], "it is not a JSON object"),
        ([HTTPResponse(200, {}, b"{}")], "it is not a JSON Web Key Set"),
        ([HTTPResponse(200, {}, b'{"keys":[]}')], "it has no RSA key for signatures"),
        ([HTTPResponse(200, {}, b'{"keys":[],"keys":[]}')], "a name occurs twice"),
        ([HTTPResponse(200, {}, b"[" * 60000)], "nested too deep"),
        ([HTTPResponse(200, {}, b" " * (MAX_SIZE + 1))], "longer than 65536 bytes"),
        ([ConnectError("refused"), ConnectError("refused again")], "refused again"),
        ([status(500), status(503)], "HTTP 503"),
    ],
)
async def test_without_keys_a_token_cannot_be_checked(
    make_verifier: Any, clock: Any, steps: list[Any], match: str
) -> None:
    verifier, transport = verifier_with(make_verifier, *steps)
    for _ in range(3):  # the second and the third without a request
        with pytest.raises(KeysUnavailableError, match=match):
            await verifier.access(token())
    assert len(transport.sent) == len(steps)
    clock.now += RETRY_AFTER_FAILURE
    assert await verifier.access(token())


@pytest.mark.parametrize("step", [ConnectError("refused"), status(500)])
async def test_a_failure_that_may_pass_is_retried_once(make_verifier: Any, step: Any) -> None:
    verifier, transport = verifier_with(make_verifier, step)
    assert await verifier.access(token())
    assert len(transport.sent) == 2


async def test_an_unknown_key_is_not_called_unknown_when_the_fetch_fails(
    make_verifier: Any, clock: Any
) -> None:
    verifier, _ = verifier_with(make_verifier, keys(0), status(404))
    await verifier.access(token())
    clock.now += REFETCH_INTERVAL
    for _ in range(2):
        with pytest.raises(KeysUnavailableError):
            await verifier.access(token(number=1))
        assert await verifier.access(token())


async def test_an_error_of_the_settings_is_raised_as_it_is(make_verifier: Any) -> None:
    verifier, _ = verifier_with(make_verifier, ConfigurationError("a bad bundle"))
    with pytest.raises(ConfigurationError, match="a bad bundle"):
        await verifier.access(token())


# The end


async def test_close_ends_a_fetch_and_closes_the_transport(make_verifier: Any) -> None:
    verifier, transport = verifier_with(make_verifier, HANG)
    call = asyncio.create_task(verifier.access(token()))
    await transport.hanging.wait()
    await verifier.close()
    with pytest.raises(KeysUnavailableError, match="the verifier was closed while this call waited"):
        await call
    await verifier.close()
    assert transport.closed == 2
    with pytest.raises(KeysUnavailableError, match="the verifier is closed"):
        await verifier.hydrate()


async def test_keys_stay_after_the_end(make_verifier: Any) -> None:
    verifier, _ = verifier_with(make_verifier)
    async with verifier:
        await verifier.hydrate()
    assert await verifier.access(token())


async def test_a_verifier_without_a_fetch_has_nothing_to_close() -> None:
    async with TokenVerifier(POOL, client_id=CLIENT) as verifier:
        assert verifier._downloader._transport is None


async def test_keys_of_the_caller_are_never_fetched(make_verifier: Any, clock: Any) -> None:
    transport = ScriptedTransport()
    verifier = make_verifier(transport=transport, jwks={"keys": [jwk()]})
    await verifier.hydrate()
    for _ in range(2):
        with pytest.raises(UnknownKeyError):
            await verifier.access(token(number=1))
        clock.now += 3 * MAX_AGE
        assert await verifier.access(token(exp=clock.now + 1))
    assert transport.sent == []


async def test_each_pool_fetches_its_own_keys() -> None:
    transport = ScriptedTransport(default=keys(0))
    async with TokenVerifier([POOL, "us-east-2_b"], client_id=None, transport=transport) as verifier:
        await verifier.hydrate()
    assert [request.url for request in transport.sent] == [
        URL,
        "https://cognito-idp.us-east-2.amazonaws.com/us-east-2_b/.well-known/jwks.json",
    ]


async def test_the_url_of_the_keys_can_be_another_one() -> None:
    transport = ScriptedTransport(default=keys(0))
    async with TokenVerifier(
        POOL, client_id=None, jwks_url="http://127.0.0.1:1/keys", transport=transport
    ) as verifier:
        await verifier.hydrate()
    assert transport.sent[0].url == "http://127.0.0.1:1/keys"


def test_each_event_loop_can_fetch(make_verifier: Any) -> None:
    verifier, transport = verifier_with(make_verifier, status(404))

    async def hydrate() -> None:
        await verifier.hydrate()

    with pytest.raises(KeysUnavailableError):
        asyncio.run(hydrate())
    asyncio.run(hydrate())
    assert len(transport.sent) == 2


def test_the_intervals_are_those_of_the_page() -> None:
    assert (_jwks.MAX_AGE, _jwks.REFETCH_INTERVAL, _jwks.RETRY_AFTER_FAILURE) == (86400, 10, 1)
