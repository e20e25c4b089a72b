"""Retry decisions, delays and quotas: tables, and comparisons with botocore."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.retries import standard
from botocore.retries.quota import RetryQuota as BotocoreQuota
from hypothesis import given, settings
from hypothesis import strategies as st

from cognito_async import errors, retry, types
from cognito_async._errors.service import THROTTLING_CODES
from cognito_async._model import EmptyResponse, Operation
from cognito_async.errors import ServiceError
from support.strategies import operation_names

# Releases before 1.44 have other numbers and signatures.
since_botocore_1_44 = pytest.mark.botocore_since("1.44", "the retry numbers")

IDEMPOTENT = Operation("Idempotent", EmptyResponse)
NOT_IDEMPOTENT = Operation("NotIdempotent", EmptyResponse, idempotent=False)

CREATIONS = {
    "AddUserPoolClientSecret",
    "CreateCIMDPolicy",
    "CreateUserImportJob",
    "CreateUserPool",
    "CreateUserPoolClient",
}
"""Operations that create something without a unique name."""

# Error, whether an idempotent operation is retried after it, whether any other is.
TRANSPORT_ERRORS = [
    (errors.TransportError, False, False),
    (errors.ConnectError, True, True),
    (errors.TLSError, False, False),
    (errors.ProxyError, True, True),
    (errors.ConnectionLostError, True, False),
    (errors.ResponseTooLargeError, False, False),
    (errors.RequestTimeoutError, False, False),
    (errors.ConnectTimeoutError, True, True),
    (errors.ReadTimeoutError, True, False),
    (errors.ClientClosedError, False, False),
]
OTHER_ERRORS = [
    errors.CredentialsError("x"),
    errors.ConfigurationError("x"),
    errors.InvalidRequestError("Shape", ["x"]),
    errors.InvalidResponseError("x", operation="Op", status=200),
    errors.PaginationError("x"),
    errors.CognitoError("x"),
]
SERVICE_ERRORS = [
    # Throttled: rejected before processing.
    *((code, 400, True, True) for code in sorted(THROTTLING_CODES)),
    ("429", 429, True, True),
    ("SomethingNew", 429, True, True),
    # In the model, and not about too many requests: the code decides, not the status.
    ("UserNotFoundException", 429, False, False),
    ("CodeMismatchException", 429, False, False),
    ("InternalErrorException", 429, False, False),
    # Transient: may have been processed.
    *((str(status), status, True, False) for status in (500, 502, 503, 504)),
    ("InternalErrorException", 500, True, False),
    ("SomethingNew", 503, True, False),
    ("RequestTimeout", 400, True, False),
    ("RequestTimeoutException", 400, True, False),
    # A quota or a lockout, with any status.
    ("LimitExceededException", 400, False, False),
    ("LimitExceededException", 429, False, False),
    # Final
    *(
        (str(status), status, False, False)
        for status in (300, 307, 400, 401, 403, 404, 405, 408, 413, 501, 505, 509)
    ),
    ("InternalErrorException", 400, False, False),
    ("ConcurrentModificationException", 400, False, False),
    ("TooManyFailedAttemptsException", 400, False, False),
    ("ServiceQuotaExceededException", 400, False, False),
    ("CodeMismatchException", 400, False, False),
    ("ExpiredCodeException", 400, False, False),
    ("NotAuthorizedException", 400, False, False),
    ("InvalidSignatureException", 400, False, False),
    ("ExpiredTokenException", 400, False, False),
]


def service_error(code: str, status: int = 400, **headers: str) -> ServiceError:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = getattr(errors, code, ServiceError)
    return kind("no", code=code, status=status, headers=names)


def retry_context(failure: Any, attempt: int = 1, operation: Any = None) -> standard.RetryContext:
    """Return a failure in the form that botocore's retry decisions take."""
    if not isinstance(failure, ServiceError):
        return standard.RetryContext(attempt, operation_model=operation, caught_exception=failure)
    response = SimpleNamespace(status_code=failure.status, headers=dict(failure.headers))
    parsed = {"Error": {"Code": failure.code}, "ResponseMetadata": {"HTTPStatusCode": failure.status}}
    return standard.RetryContext(
        attempt, operation_model=operation, parsed_response=parsed, http_response=response, request_context={}
    )


# Decisions


def test_the_table_of_transport_errors_is_complete() -> None:
    def with_subclasses(kind: type) -> Iterator[type]:
        yield kind
        for subclass in kind.__subclasses__():
            yield from with_subclasses(subclass)

    assert {kind for kind, _, _ in TRANSPORT_ERRORS} == set(with_subclasses(errors.TransportError))


@pytest.mark.parametrize(("kind", "if_idempotent", "otherwise"), TRANSPORT_ERRORS)
def test_a_transport_error_is_retried_if_it_may_help_and_does_no_harm(
    kind: Any, *, if_idempotent: bool, otherwise: bool
) -> None:
    assert retry.is_retryable(kind("x"), IDEMPOTENT) is if_idempotent
    assert retry.is_retryable(kind("x"), NOT_IDEMPOTENT) is otherwise


@pytest.mark.parametrize(("code", "status", "if_idempotent", "otherwise"), SERVICE_ERRORS)
def test_a_service_error_is_retried_if_it_may_help_and_does_no_harm(
    code: str, status: int, *, if_idempotent: bool, otherwise: bool
) -> None:
    assert retry.is_retryable(service_error(code, status), IDEMPOTENT) is if_idempotent
    assert retry.is_retryable(service_error(code, status), NOT_IDEMPOTENT) is otherwise


@pytest.mark.parametrize("failure", OTHER_ERRORS, ids=[type(failure).__name__ for failure in OTHER_ERRORS])
def test_other_errors_are_not_retried(failure: Any) -> None:
    assert not retry.is_retryable(failure, IDEMPOTENT)
    assert not retry.is_throttling(failure)
    assert not retry.is_skewed(failure)


MODELED = sorted(name for name in errors.__all__ if name.endswith("Exception"))


@pytest.mark.parametrize("name", MODELED)
def test_modeled_errors_are_retried_as_in_botocore_except_limit_exceeded(name: str) -> None:
    throttled = standard.ThrottledRetryableChecker()
    transient = standard.TransientRetryableChecker()
    botocore_context = retry_context(service_error(name))
    theirs = throttled.is_retryable(botocore_context) or transient.is_retryable(botocore_context)
    assert theirs is (name in ("LimitExceededException", "TooManyRequestsException"))
    assert retry.is_retryable(service_error(name), IDEMPOTENT) is (name == "TooManyRequestsException")


def operation_with_errors(names: list[str]) -> Any:
    """Return an operation with these errors, in the form of botocore."""
    return SimpleNamespace(error_shapes=[SimpleNamespace(name=name, metadata={}) for name in names])


@since_botocore_1_44
@pytest.mark.parametrize("status", [400, 403, 408, 429, 500, 502, 503, 504, 509])
@pytest.mark.parametrize("code", [*MODELED, *sorted(THROTTLING_CODES), "SomethingNew"])
def test_code_and_status_count_as_throttling_as_in_botocore(code: str, status: int) -> None:
    failure = service_error(code, status)
    detector = standard.ThrottlingErrorDetector(standard.RetryEventAdapter())
    theirs = detector.is_throttling_error_from_context(
        retry_context(failure, operation=operation_with_errors(MODELED))
    )
    assert retry.is_throttling(failure) is (theirs and code != "LimitExceededException")
    if status in (400, 403, 408, 429, 509):
        assert retry.is_retryable(failure, NOT_IDEMPOTENT) is retry.is_throttling(failure)


@since_botocore_1_44
@pytest.mark.parametrize(
    ("code", "status"),
    [(code, status) for code, status, _, _ in SERVICE_ERRORS if code != "LimitExceededException"],
)
def test_service_errors_are_retried_as_in_botocore(code: str, status: int) -> None:
    botocore_context = retry_context(service_error(code, status), operation=operation_with_errors(MODELED))
    theirs = (
        standard.ThrottledRetryableChecker().is_retryable(botocore_context)
        or standard.ThrottlingStatusCodeChecker().is_retryable(botocore_context)
        or standard.TransientRetryableChecker().is_retryable(botocore_context)
    )
    assert retry.is_retryable(service_error(code, status), IDEMPOTENT) is theirs


@pytest.mark.made_from("model")
def test_operations_that_use_up_a_session_a_code_or_a_recovery_are_not_idempotent() -> None:
    names = {name for name in operation_names() if not getattr(types, f"{name}Request").operation.idempotent}
    assert names == CREATIONS | {
        "AdminRespondToAuthChallenge",
        "ChangePassword",
        "CompleteWebAuthnRegistration",
        "ConfirmForgotPassword",
        "ConfirmSignUp",
        "GetTokensFromRefreshToken",
        "InitiatePointInTimeRecovery",
        "RespondToAuthChallenge",
        "StartPointInTimeRecovery",
        "VerifySoftwareToken",
        "VerifyUserAttribute",
    }


@pytest.mark.parametrize(
    ("code", "skewed"),
    [
        ("InvalidSignatureException", True),
        ("RequestExpired", True),
        ("RequestInTheFuture", True),
        ("RequestTimeTooSkewed", True),
        ("SignatureDoesNotMatch", True),
        ("ExpiredTokenException", False),
        ("NotAuthorizedException", False),
        ("ExpiredCodeException", False),
    ],
)
def test_the_errors_that_a_wrong_clock_can_cause(code: str, *, skewed: bool) -> None:
    assert retry.is_skewed(service_error(code)) is skewed


# Delays

THROTTLED = service_error("TooManyRequestsException")
LOST = errors.ConnectionLostError("x")


@since_botocore_1_44
@pytest.mark.parametrize("failure", [THROTTLED, LOST, service_error("500", 500), service_error("429", 429)])
@pytest.mark.parametrize("retries", [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 20, 100])
@pytest.mark.parametrize("random", [0.0, 0.25, 1.0])
def test_the_delay_equals_that_of_botocore(failure: Any, retries: int, random: float) -> None:
    detector = standard.ThrottlingErrorDetector(standard.RetryEventAdapter())
    backoff = standard.ExponentialBackoff(random=lambda: random, throttling_detector=detector)
    theirs = backoff.delay_amount(retry_context(failure, retries + 1, SimpleNamespace(error_shapes=[])))
    assert retry.retry_delay(failure, retries, random) == theirs


@pytest.mark.parametrize(
    ("failure", "retries", "longest"),
    [
        (LOST, 0, 0.05),
        (LOST, 1, 0.1),
        (LOST, 8, 12.8),
        (LOST, 9, 20),
        (THROTTLED, 0, 1),
        (THROTTLED, 4, 16),
        (THROTTLED, 5, 20),
        (THROTTLED, 50, 20),
    ],
)
def test_the_delay_grows_to_twenty_seconds_with_full_jitter(
    failure: Any, retries: int, longest: float
) -> None:
    assert retry.retry_delay(failure, retries, 1.0) == pytest.approx(longest)
    assert retry.retry_delay(failure, retries, 0.0) == 0
    assert retry.retry_delay(failure, retries, 0.5) == pytest.approx(longest / 2)


@since_botocore_1_44
@pytest.mark.parametrize(
    "text",
    [
        "0",
        "1",
        "500",
        "1500",
        "5000",
        "5999",
        "6000",
        "6001",
        "60000",
        "999999999",
        "99999999999",
        "9" * 300,
        "0000000001500",
        " 1500 ",
        "-1",
        "-5000",
        "",
        "x",
        "1.5",
        "1e3",
        "1500ms",
        "Wed, 21 Oct 2015 07:28:00 GMT",
        "\u0665",
        "0x10",
        "--1",
        "nan",
        "inf",
    ],
)
@pytest.mark.parametrize("code", ["TooManyRequestsException", "500"])
@pytest.mark.parametrize("random", [0.0, 0.5])
def test_the_requested_delay_is_applied_as_in_botocore(code: str, text: str, random: float) -> None:
    failure = service_error(code, 400 if code != "500" else 500, x_amz_retry_after=text)
    detector = standard.ThrottlingErrorDetector(standard.RetryEventAdapter())
    backoff = standard.ExponentialBackoff(random=lambda: random, throttling_detector=detector)
    theirs = backoff.delay_amount(retry_context(failure, 2))
    if text == "\u0665":  # digits of another script, which no service sends
        theirs = retry.retry_delay(service_error(code, failure.status), 1, random)
    assert retry.retry_delay(failure, 1, random) == theirs


def test_a_requested_delay_of_any_length_is_capped() -> None:
    failure = service_error("TooManyRequestsException", x_amz_retry_after="9" * 10_000)
    assert retry.retry_delay(failure, 0, 0.5) == 5.5


def test_the_standard_retry_after_header_is_ignored_as_in_botocore() -> None:
    assert retry.retry_delay(service_error("429", 429, retry_after="60"), 0, 0.5) == 0.5


@settings(deadline=None)
@given(
    retries=st.integers(0, 60),
    random=st.floats(0, 1, exclude_max=True),
    text=st.none() | st.integers(-(10**12), 10**12).map(str) | st.text(max_size=6),
)
def test_no_delay_is_below_zero_or_above_twenty_five_seconds(
    retries: int, random: float, text: str | None
) -> None:
    headers = {} if text is None else {"x_amz_retry_after": text}
    for failure in (
        service_error("TooManyRequestsException", **headers),
        service_error("500", 500, **headers),
        LOST,
    ):
        assert 0 <= retry.retry_delay(failure, retries, random) <= 25


# Retry quota


@since_botocore_1_44
@pytest.mark.parametrize(
    ("failure", "cost"),
    [
        (THROTTLED, 5),
        (service_error("429", 429), 5),
        (service_error("500", 500), 14),
        (LOST, 14),
        (errors.ReadTimeoutError("x"), 14),
        (errors.ConnectError("x"), 14),
    ],
)
def test_a_retry_costs_what_it_does_in_botocore(failure: Any, cost: int) -> None:
    detector = standard.ThrottlingErrorDetector(standard.RetryEventAdapter())
    quota = BotocoreQuota()
    botocore_context = retry_context(failure, operation=SimpleNamespace(error_shapes=[]))
    botocore_context.request_context = {}
    standard.RetryQuotaChecker(quota, detector).acquire_retry_quota(botocore_context)
    assert retry.retry_cost(failure) == cost == 500 - quota.available_capacity


def test_a_quota_is_enough_for_a_hundred_throttled_or_thirty_five_other_retries() -> None:
    for cost, count in ((5, 100), (14, 35)):
        quota = retry.RetryQuota()
        assert [quota.acquire(cost) for _ in range(count + 2)] == [True] * count + [False] * 2


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.just("acquire"), st.sampled_from([5, 14]))
        | st.tuples(st.just("release"), st.sampled_from([None, 5, 14])),
        max_size=300,
    )
)
def test_the_quota_equals_botocore_s_after_any_sequence(steps: list[tuple[str, int | None]]) -> None:
    ours, theirs = retry.RetryQuota(), BotocoreQuota()
    for step, amount in steps:
        if step == "acquire":
            assert amount is not None
            assert ours.acquire(amount) is theirs.acquire(amount)
        else:
            ours.release(amount)
            theirs.release(1 if amount is None else amount)
        assert ours.tokens == theirs.available_capacity
        assert 0 <= ours.tokens <= 500


# Clock skew


def rejection(date: str | None, code: str = "RequestExpired", status: int = 400) -> ServiceError:
    """Return the error of a rejected signature, with the time of the service."""
    headers = {} if date is None else {"date": date}
    return ServiceError("m", code=code, status=status, headers=headers)


@pytest.mark.parametrize(
    ("failure", "skew", "corrected"),
    [
        (rejection("Thu, 01 Jan 1970 01:00:00 GMT"), 0.0, 3600.0),
        (rejection("Thu, 01 Jan 1970 01:00:00 GMT"), -60.0, 3600.0),
        (rejection("Thu, 01 Jan 1970 01:00:00 GMT"), 3600.0, None),  # the correction was applied already
        (rejection("Wed, 31 Dec 1969 23:00:00 GMT"), 0.0, -3600.0),
        (rejection("Thu, 01 Jan 1970 00:04:00 GMT"), 0.0, 240.0),
        (
            rejection("Thu, 01 Jan 1970 00:03:59 GMT"),
            0.0,
            None,
        ),  # too small to explain the rejection
        (rejection("Thu, 01 Jan 1970 01:00:00 GMT", status=403), 0.0, 3600.0),
        (rejection("Thu, 01 Jan 1970 01:00:00 GMT", status=500), 0.0, None),  # it may have been carried out
        (rejection("Thu, 01 Jan 1970 01:00:00 GMT", status=503), 0.0, None),
        (rejection("yesterday"), 0.0, None),
        (rejection(None), 0.0, None),
        (rejection("Thu, 01 Jan 1970 01:00:00 GMT", "InvalidParameterException"), 0.0, None),
        (errors.ConnectError("m"), 0.0, None),
    ],
)
def test_the_skew_is_corrected_by_the_date_of_a_rejection_far_from_our_time(
    failure: errors.CognitoError, skew: float, corrected: float | None
) -> None:
    assert retry.corrected_skew(failure, now=0.0, skew=skew) == corrected


@pytest.mark.parametrize("name", sorted(CREATIONS))
def test_what_a_second_request_would_create_again_is_not_sent_twice(name: str) -> None:
    operation = getattr(types, f"{name}Request").operation
    assert not retry.is_retryable(errors.ReadTimeoutError("late"), operation)
    assert not retry.is_retryable(service_error("InternalErrorException", 500), operation)
    assert retry.is_retryable(service_error("TooManyRequestsException"), operation)
    assert retry.is_retryable(errors.ConnectTimeoutError("late"), operation)
