"""Setting up an authenticator app."""

from __future__ import annotations

from urllib.parse import quote

from cognito_async import types
from cognito_async._errors import InvalidResponseError
from cognito_async.errors import EnableSoftwareTokenMFAException


def totp_uri(secret: str, issuer: str, account: str) -> str:
    """Return the URI that authenticator apps read from a QR code."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='@')}"
    return f"otpauth://totp/{label}?secret={quote(secret, safe='')}&issuer={quote(issuer, safe='')}"


def secret_code(response: types.AssociateSoftwareTokenResponse) -> str:
    """Return the secret of a new authenticator app.

    Raises:
        InvalidResponseError: There is none.
    """
    if not response.secret_code:
        raise InvalidResponseError.from_metadata(
            "there is no secret code",
            operation="AssociateSoftwareToken",
            metadata=response.response_metadata,
        )
    return response.secret_code


def raise_if_rejected(response: types.VerifySoftwareTokenResponse) -> None:
    """Raise the error of a wrong code also if the service reports it in the response."""
    if response.status == "ERROR":
        raise EnableSoftwareTokenMFAException(
            "the code was not accepted",
            operation="VerifySoftwareToken",
            status=response.response_metadata.http_status,
            request_id=response.response_metadata.request_id,
        )
