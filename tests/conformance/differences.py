"""Where this client differs from botocore on purpose.

``PYTHONPATH=tests python tests/generated/differences.py`` writes docs/compatibility.md from this.
Each difference is shown by running both: ``test_differences.py`` does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import frozen
from botocore.exceptions import ParamValidationError
from conformance.side_by_side import POOL, documents, failed, read, refused, sent, zones
from support.markdown import table

from cognito_async._codec.codec import UndecodableError
from cognito_async.errors import InvalidRequestError

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "compatibility.md"
PARAMETERS, ANSWERS, ERRORS = "Parameters", "Answers", "Errors"


@frozen
class Difference:
    """Something that both are given and make different things of."""

    area: str
    given: str
    botocore: str
    ours: str
    reason: str
    run: Callable[[], tuple[Any, Any]]
    """Returns what botocore makes of it, and what this client does."""

    expected: tuple[Any, Any]


def _user(member: str) -> Callable[[Any], Any]:
    return lambda answer: getattr(answer.users[0], member)


_REFUSED = ParamValidationError.__name__, InvalidRequestError.__name__
_UNDECODABLE = UndecodableError.__name__
_DATE = b'{"Users":[{"UserCreateDate":1600000000}]}'

DIFFERENCES = (
    Difference(
        PARAMETERS,
        "a parameter that is `None`",
        "refuses it",
        "does not send it",
        "`None` is the default of every optional parameter.",
        lambda: sent("ListUsers", {"UserPoolId": POOL, "Filter": None}),
        (_REFUSED[0], {"UserPoolId": POOL}),
    ),
    Difference(
        PARAMETERS,
        "a value of the wrong type in a secret member",
        "quotes it in the error",
        "names path and types, and masks it",
        "Errors are logged; passwords and tokens must not be.",
        lambda: refused("ChangePassword", {"AccessToken": "t", "ProposedPassword": ["canary"]}, "canary"),
        (True, False),
    ),
    Difference(
        PARAMETERS,
        "`True` where a number is expected",
        "sends `true`",
        "refuses it",
        "A flag in place of a number is a mistake, which the service would answer with less to go by.",
        lambda: sent("ListUsers", {"UserPoolId": POOL, "Limit": True}),
        ({"UserPoolId": POOL, "Limit": True}, _REFUSED[1]),
    ),
    Difference(
        PARAMETERS,
        "text for a blob",
        "encodes it as UTF-8",
        "refuses it, wants `bytes`",
        "The only blobs are images and assets. Text there is nearly always base64, and would be sent encoded twice.",
        lambda: sent("SetUICustomization", {"UserPoolId": POOL, "ImageFile": "AAE="}),
        ({"UserPoolId": POOL, "ImageFile": "QUFFPQ=="}, _REFUSED[1]),
    ),
    Difference(
        PARAMETERS,
        "NaN or infinity in a document",
        "sends what is not JSON",
        "refuses it",
        "The service could not read the request.",
        lambda: documents(float("inf")),
        ("b'Infinity'", _REFUSED[1]),
    ),
    Difference(
        PARAMETERS,
        "a negative number in branding settings",
        "sends it",
        "refuses it",
        "Settings are colours, sizes and switches; a negative number is a mistake. Passkeys have them and may.",
        lambda: sent(
            "CreateManagedLoginBranding", {"UserPoolId": POOL, "ClientId": "c", "Settings": {"a": -1}}
        ),
        ({"UserPoolId": POOL, "ClientId": "c", "Settings": {"a": -1}}, _REFUSED[1]),
    ),
    Difference(
        ANSWERS,
        "a list of results that is left out",
        "no key",
        "an empty list",
        "`for user in page.users` needs no test before.",
        lambda: read("ListUsers", b"{}", lambda answer: answer.users),
        ({}, []),
    ),
    Difference(
        ANSWERS,
        "a time",
        "in the zone of the machine",
        "in UTC",
        "The same instant, and the same text on every machine.",
        lambda: zones(*read("ListUsers", _DATE, _user("user_create_date"))),
        ("tzlocal", "timezone"),
    ),
    Difference(
        ANSWERS,
        "a time that cannot be read",
        "loses the whole answer",
        "keeps it as it came",
        "The call has been carried out; one odd member must not hide the others.",
        lambda: read("ListUsers", b'{"Users":[{"UserCreateDate":"soon"}]}', _user("user_create_date")),
        ("ValueError", "soon"),
    ),
    Difference(
        ANSWERS,
        "a text where a list is expected",
        "loses the whole answer",
        "keeps it as it came",
        "As above.",
        lambda: read("ListUsers", b'{"Users":"none"}', lambda answer: answer.users),
        ("AttributeError", "none"),
    ),
    Difference(
        ANSWERS,
        "a blob that is not base64",
        "leaves out what does not fit, or loses the whole answer",
        "keeps the text",
        "Bytes that were never sent are worse than a text that is to be looked at.",
        lambda: read(
            "DescribeManagedLoginBranding",
            b'{"ManagedLoginBranding":{"Assets":[{"Bytes":"###"}]}}',
            lambda answer: answer.managed_login_branding.assets[0].bytes_,
        ),
        ({"ManagedLoginBranding": {"Assets": [{"Bytes": b""}]}}, "###"),
    ),
    Difference(
        ANSWERS,
        "a number or a flag that comes as text",
        "keeps the text",
        "gives the number or the flag",
        "The type says so, and calculations go on.",
        lambda: read("ListUsers", b'{"Users":[{"Enabled":"true"}]}', _user("enabled")),
        ({"Users": [{"Enabled": "true"}]}, True),
    ),
    Difference(
        ANSWERS,
        "a body that is not JSON, with status 200",
        "an empty answer",
        "`InvalidResponseError`",
        "It comes from a proxy or a captive portal; the call has not been carried out.",
        lambda: read("ListUsers", b"<html>Sign in to the network</html>"),
        ({}, _UNDECODABLE),
    ),
    Difference(
        ANSWERS,
        "a body that is JSON, but no object",
        "`AttributeError`",
        "`InvalidResponseError`",
        "An error that can be caught by name.",
        lambda: read("ListUsers", b"[]"),
        ("AttributeError", _UNDECODABLE),
    ),
    Difference(
        ERRORS,
        "a code in the header `x-amzn-errortype` only",
        "the status as code",
        "the code",
        "Gateways in front of the service answer like that.",
        lambda: failed(b'{"Message":"no"}', x_amzn_errortype="NotAuthorizedException:http://x"),
        (("400", "no"), ("NotAuthorizedException", "no")),
    ),
    Difference(
        ERRORS,
        "a code that is null, empty or no text",
        "an empty code, or `TypeError`",
        "the status as code",
        "`error.code` always says something.",
        lambda: failed(b'{"__type":5}'),
        ("TypeError", ("400", "")),
    ),
    Difference(
        ERRORS,
        "blanks around a code",
        "kept",
        "cut off",
        "The class of the error is found all the same.",
        lambda: failed(b'{"__type":" NotAuthorizedException "}'),
        ((" NotAuthorizedException ", ""), ("NotAuthorizedException", "")),
    ),
    Difference(
        ERRORS,
        "a `message` that is null or empty, beside a `Message`",
        "the null, the empty text",
        "the other one",
        "The only words that came.",
        lambda: failed(b'{"__type":"X","message":null,"Message":"no"}'),
        (("X", None), ("X", "no")),
    ),
    Difference(
        ERRORS,
        "a message that is no text",
        "as it came",
        "an empty text; `error.members` has it",
        "`error.message` is always `str`.",
        lambda: failed(b'{"__type":"X","message":5}'),
        (("X", 5), ("X", "")),
    ),
    Difference(
        ERRORS,
        "an empty body",
        "no message below 500",
        "what the status means",
        "The error says something.",
        lambda: failed(b""),
        (("400", ""), ("400", "Bad Request")),
    ),
    Difference(
        ERRORS,
        "a body that is not JSON",
        "quoted whole as message, below 500",
        "described by type and size",
        "Pages of proxies fill logs, and may repeat what was sent.",
        lambda: failed(b"<html>blocked</html>", 403, content_type="text/html"),
        (
            ("403", "<html>blocked</html>"),
            ("403", "Forbidden; the body is not an error of this API (text/html, 20 bytes)"),
        ),
    ),
    Difference(
        ERRORS,
        "a body that is JSON, but no object",
        "`AttributeError`",
        "a `ServiceError` with the status as code",
        "An error that can be caught by name.",
        lambda: failed(b"[]", 400),
        (
            "AttributeError",
            ("400", "Bad Request; the body is not an error of this API (no content type, 2 bytes)"),
        ),
    ),
    Difference(
        ERRORS,
        "the header `x-amzn-query-error`",
        "replaces the code",
        "does nothing",
        "It is for services that had another protocol once; this one had not.",
        lambda: failed(b'{"__type":"X"}', x_amzn_query_error="Y;Sender"),
        (("Y", ""), ("X", "")),
    ),
)


INTRODUCTION = """\
# What is otherwise than with botocore

<!-- Written by tests/generated/differences.py; each line is run by test_differences.py beside it. -->

What boto3 and aiobotocore send and understand is decided by botocore. For every operation, parameters and answers
made at random from botocore's own model go through botocore and through this client: requests are the same JSON,
answers the same values, every error has the same code and message. That includes members and values that the model
does not know, and nulls. `python -m nox -s differential` does it with the botocore that the code was generated from
and with the newest one.

What is left are these, all on purpose. Where the service keeps to its own model, only the first two of
*Answers* are ever seen.
"""
COLUMNS = ("Given", "botocore", "cognito_async", "Why")


def document() -> str:
    """The text of docs/compatibility.md."""
    parts = [INTRODUCTION]
    for area in dict.fromkeys(difference.area for difference in DIFFERENCES):
        rows = [COLUMNS, *((d.given, d.botocore, d.ours, d.reason) for d in DIFFERENCES if d.area == area)]
        parts.append(f"## {area}\n\n{table(rows)}\n")
    return "\n".join([*parts, CLOSING])


CLOSING = """\
What an answer holds that does not fit is on its attribute as it came; `to_wire()` refuses it and names the path.

## Around a call

What happens when the network or the service misbehaves, and what is tried again, is in [faults.md](faults.md).
Maxima, patterns and enum values are left to the service here as with botocore; minima are checked by both.
"""

if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT}: {len(DIFFERENCES)} differences\n")
