"""The intended differences from botocore; run as a script, it writes docs/compatibility.md.

``test_differences.py`` runs botocore and this client for each difference.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import frozen
from botocore.exceptions import ParamValidationError

from cognito_async._codec.codec import UndecodableError
from cognito_async.errors import InvalidRequestError
from conformance.side_by_side import (
    POOL,
    parsed_errors,
    parsed_responses,
    secret_in_errors,
    sent_bodies,
    sent_documents,
    time_zones,
)
from support.markdown import table

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "compatibility.md"
PARAMETERS, RESPONSES, ERRORS = "Parameters", "Responses", "Errors"


@frozen
class Difference:
    """An input that botocore and this client process differently, with a line for the page."""

    area: str
    input: str
    botocore: str
    ours: str
    reason: str
    run: Callable[[], tuple[Any, Any]]
    """Return the outcome of botocore and that of this client."""

    expected: tuple[Any, Any]


def _user(member: str) -> Callable[[Any], Any]:
    return lambda response: getattr(response.users[0], member)


def _sent_or_error(*outcomes: Any) -> tuple[str, ...]:
    """Return "sent" for each body, and the names of errors."""
    return tuple("sent" if isinstance(outcome, dict) else outcome for outcome in outcomes)


_REJECTED = ParamValidationError.__name__, InvalidRequestError.__name__
_UNDECODABLE = UndecodableError.__name__
_DATE = b'{"Users":[{"UserCreateDate":1600000000}]}'

DIFFERENCES = (
    Difference(
        PARAMETERS,
        "a parameter that is `None`",
        "rejects it",
        "does not send it",
        "`None` is the default of every optional parameter.",
        lambda: sent_bodies("ListUsers", {"UserPoolId": POOL, "Filter": None}),
        (_REJECTED[0], {"UserPoolId": POOL}),
    ),
    Difference(
        PARAMETERS,
        "a value of the wrong type in a secret member",
        "quotes it in the error",
        "reports path and types, and masks the value",
        "Errors are logged; passwords and tokens must not be logged.",
        lambda: secret_in_errors(
            "ChangePassword", {"AccessToken": "t", "ProposedPassword": ["canary"]}, "canary"
        ),
        (True, False),
    ),
    Difference(
        PARAMETERS,
        "`True` for a number",
        "sends `true`",
        "rejects it",
        "A boolean in place of a number is a mistake, and the error of the service is less precise.",
        lambda: sent_bodies("ListUsers", {"UserPoolId": POOL, "Limit": True}),
        ({"UserPoolId": POOL, "Limit": True}, _REJECTED[1]),
    ),
    Difference(
        PARAMETERS,
        "`str` for a blob",
        "encodes it as UTF-8",
        "reads it as base64; other text is rejected",
        "All blobs are images or assets. A `str` is nearly always base64, and would be encoded twice.",
        lambda: sent_bodies("SetUICustomization", {"UserPoolId": POOL, "ImageFile": "AAE="}),
        ({"UserPoolId": POOL, "ImageFile": "QUFFPQ=="}, {"UserPoolId": POOL, "ImageFile": "AAE="}),
    ),
    Difference(
        PARAMETERS,
        "a `datetime` without time zone",
        "sends it as local time",
        "rejects it",
        "The same program would send another instant on another machine, such as for a recovery of a user pool.",
        lambda: _sent_or_error(
            *sent_bodies(
                "InitiatePointInTimeRecovery",
                {"UserPoolId": POOL, "RestoreTimestamp": datetime(2026, 1, 1)},  # noqa: DTZ001
            )
        ),
        ("sent", _REJECTED[1]),
    ),
    Difference(
        PARAMETERS,
        "NaN or infinity in a document",
        "sends invalid JSON",
        "rejects it",
        "The service cannot read the request.",
        lambda: sent_documents(float("inf")),
        ("b'Infinity'", _REJECTED[1]),
    ),
    Difference(
        PARAMETERS,
        "a negative number in branding settings",
        "sends it",
        "rejects it",
        "Settings are colors, sizes and booleans; a negative number is a mistake. Passkey documents may contain one.",
        lambda: sent_bodies(
            "CreateManagedLoginBranding", {"UserPoolId": POOL, "ClientId": "c", "Settings": {"a": -1}}
        ),
        ({"UserPoolId": POOL, "ClientId": "c", "Settings": {"a": -1}}, _REJECTED[1]),
    ),
    Difference(
        RESPONSES,
        "a missing list of results",
        "no key",
        "an empty list",
        "`for user in page.users` needs no check for a missing key.",
        lambda: parsed_responses("ListUsers", b"{}", lambda response: response.users),
        ({}, []),
    ),
    Difference(
        RESPONSES,
        "a timestamp",
        "in the time zone of the machine",
        "in UTC",
        "The same instant, with the same text on every machine.",
        lambda: time_zones(*parsed_responses("ListUsers", _DATE, _user("user_create_date"))),
        ("tzlocal", "timezone"),
    ),
    Difference(
        RESPONSES,
        "a malformed timestamp",
        "raises an error, and the response is lost",
        "keeps the value as received",
        "The call was carried out; a malformed member must not hide the others.",
        lambda: parsed_responses(
            "ListUsers", b'{"Users":[{"UserCreateDate":"soon"}]}', _user("user_create_date")
        ),
        ("ValueError", "soon"),
    ),
    Difference(
        RESPONSES,
        "a string in place of a list",
        "raises an error, and the response is lost",
        "keeps the value as received",
        "As above.",
        lambda: parsed_responses("ListUsers", b'{"Users":"none"}', lambda response: response.users),
        ("AttributeError", "none"),
    ),
    Difference(
        RESPONSES,
        "a blob that is not base64",
        "drops the invalid characters, or raises an error",
        "keeps the text",
        "Unexpected text is better than bytes that the service never sent.",
        lambda: parsed_responses(
            "DescribeManagedLoginBranding",
            b'{"ManagedLoginBranding":{"Assets":[{"Bytes":"###"}]}}',
            lambda response: response.managed_login_branding.assets[0].bytes_,
        ),
        ({"ManagedLoginBranding": {"Assets": [{"Bytes": b""}]}}, "###"),
    ),
    Difference(
        RESPONSES,
        "a number or boolean as text",
        "keeps the text",
        "converts it",
        "The value has the annotated type, and calculations work.",
        lambda: parsed_responses("ListUsers", b'{"Users":[{"Enabled":"true"}]}', _user("enabled")),
        ({"Users": [{"Enabled": "true"}]}, True),
    ),
    Difference(
        RESPONSES,
        "a body that is not JSON, with status 200",
        "an empty response",
        "`InvalidResponseError`",
        "The body comes from a proxy or a captive portal; the call was not carried out.",
        lambda: parsed_responses("ListUsers", b"<html>Sign in to the network</html>"),
        ({}, _UNDECODABLE),
    ),
    Difference(
        RESPONSES,
        "a body that is JSON, but not an object",
        "`AttributeError`",
        "`InvalidResponseError`",
        "Callers can catch it by name.",
        lambda: parsed_responses("ListUsers", b"[]"),
        ("AttributeError", _UNDECODABLE),
    ),
    Difference(
        ERRORS,
        "a code only in the header `x-amzn-errortype`",
        "the status as code",
        "the code",
        "Gateways in front of the service respond like this.",
        lambda: parsed_errors(b'{"Message":"no"}', x_amzn_errortype="NotAuthorizedException:http://x"),
        (("400", "no"), ("NotAuthorizedException", "no")),
    ),
    Difference(
        ERRORS,
        "a code that is null, empty or not a string",
        "an empty code, or `TypeError`",
        "the status as code",
        "`error.code` is never empty.",
        lambda: parsed_errors(b'{"__type":5}'),
        ("TypeError", ("400", "")),
    ),
    Difference(
        ERRORS,
        "spaces around a code",
        "keeps them",
        "removes them",
        "The error has the right class.",
        lambda: parsed_errors(b'{"__type":" NotAuthorizedException "}'),
        ((" NotAuthorizedException ", ""), ("NotAuthorizedException", "")),
    ),
    Difference(
        ERRORS,
        "a `message` that is null or empty, and a `Message`",
        "null or the empty text",
        "the `Message`",
        "It is the only text in the response.",
        lambda: parsed_errors(b'{"__type":"X","message":null,"Message":"no"}'),
        (("X", None), ("X", "no")),
    ),
    Difference(
        ERRORS,
        "a message that is not a string",
        "the value as received",
        "an empty text; `error.members` has the value",
        "`error.message` is always `str`.",
        lambda: parsed_errors(b'{"__type":"X","message":5}'),
        (("X", 5), ("X", "")),
    ),
    Difference(
        ERRORS,
        "an empty body",
        "no message for statuses below 500",
        "the meaning of the status",
        "The error has a message.",
        lambda: parsed_errors(b""),
        (("400", ""), ("400", "Bad Request")),
    ),
    Difference(
        ERRORS,
        "a body that is not JSON",
        "the body as message, for statuses below 500",
        "a message with content type and size",
        "HTML pages of proxies fill logs and may contain parts of the request.",
        lambda: parsed_errors(b"<html>blocked</html>", 403, content_type="text/html"),
        (
            ("403", "<html>blocked</html>"),
            ("403", "Forbidden; the body is not an error of this API (text/html, 20 bytes)"),
        ),
    ),
    Difference(
        ERRORS,
        "a body that is JSON, but not an object",
        "`AttributeError`",
        "a `ServiceError` with the status as code",
        "Callers can catch it by name.",
        lambda: parsed_errors(b"[]", 400),
        (
            "AttributeError",
            ("400", "Bad Request; the body is not an error of this API (no content type, 2 bytes)"),
        ),
    ),
    Difference(
        ERRORS,
        "the header `x-amzn-query-error`",
        "replaces the code",
        "ignores it",
        "The header is for services that once had another protocol; Cognito did not.",
        lambda: parsed_errors(b'{"__type":"X"}', x_amzn_query_error="Y;Sender"),
        (("Y", ""), ("X", "")),
    ),
)


INTRODUCTION = """\
# Differences from botocore

<!-- Written by tests/conformance/differences.py; test_differences.py in the same folder runs each line. -->

botocore decides what boto3 and aiobotocore send and how they read responses. The tests generate random
parameters and responses of every operation from botocore's own model, and process them with botocore and with this
client. The requests are the same JSON, the responses have the same values, and every error has the same code and
message. That includes nulls, and members and values that the model does not define.
`python -m nox -s differential` runs these tests with the botocore that the code was generated from and with the newest
one.

The differences below are intended. While the service follows its own model, only the first two under *Responses*
occur.
"""
COLUMNS = ("Input", "botocore", "cognito_async", "Reason")


def document() -> str:
    """Return the text of docs/compatibility.md."""
    parts = [INTRODUCTION]
    for area in dict.fromkeys(difference.area for difference in DIFFERENCES):
        rows = [COLUMNS, *((d.input, d.botocore, d.ours, d.reason) for d in DIFFERENCES if d.area == area)]
        parts.append(f"## {area}\n\n{table(rows)}\n")
    return "\n".join([*parts, CLOSING])


CLOSING = """\
A response keeps a value of an unexpected type as received; `to_wire()` rejects it and reports its path.

`error.response` lacks boto3's `MaxAttemptsReached`; `error.attempts` has the number of attempts.

## Network faults and limits

[Faults](faults.md) lists what happens when the network or the service fails, and which calls are retried.
botocore and this client both check minima, and leave maxima, patterns and enum values to the service.
"""

if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT}: {len(DIFFERENCES)} differences\n")
