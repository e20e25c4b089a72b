"""Key URIs of authenticator apps."""

from __future__ import annotations

from urllib.parse import quote


def totp_uri(secret: str, issuer: str, account: str) -> str:
    """Return the URI that authenticator apps read from a QR code."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='@')}"
    return f"otpauth://totp/{label}?secret={quote(secret, safe='')}&issuer={quote(issuer, safe='')}"
