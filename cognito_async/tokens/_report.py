"""The result of every check of a token, for people: ``TokenVerifier`` stops at the first one that fails.

It imports joserfc.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

from cognito_async._model.record import Record, field, frozen
from cognito_async.tokens import _checks, _jose
from cognito_async.tokens._claims import ACCESS, ID, AccessClaims, IdClaims, Kind
from cognito_async.tokens._errors import TokenError
from cognito_async.tokens._pools import Pool, pool_of
from cognito_async.tokens._settings import duration
from cognito_async.tokens._verifier import TokenVerifier

Result = Literal["ok", "failed", "not checked"]
T = TypeVar("T")

NOT_REQUIRED = "not required"
"""Detail of a check that the caller has not asked for."""


@frozen
class Check(Record):
    """A check and its result."""

    name: str
    result: Result
    detail: str
    """What was found, why it failed, or why it was not made."""


@frozen(kw_only=True)
class Report(Record):
    """What there is to say about a token."""

    error: TokenError | None
    """Why the verifier rejects the token; None if it is valid."""

    checks: tuple[Check, ...]
    use: Literal["access", "id"]
    """Kind of token that the verifier was asked for."""

    claims: Mapping[str, Any] | None = field(repr=False)
    """Claims as they are in the token; None if they cannot be read."""

    verified: bool
    """Whether the signature is valid. If it is not, anybody may have written the claims."""

    now: float
    """Time of the checks, in seconds since 1970."""


async def examine(
    verifier: TokenVerifier,
    token: str,
    *,
    use: Literal["access", "id"] | None = None,
    nonce: str | None = None,
) -> Report:
    """Return the result of every check of a token, and the verdict of the verifier.

    Args:
        verifier: Verifier for this token alone: its clock is stopped, so that all checks see the same time.
        token: Token.
        use: Required kind; by default the one that the token claims to be.
        nonce: As in ``TokenVerifier.id``; for ID tokens only.
    """
    now = verifier._now()  # noqa: SLF001  private to the package
    verifier._set_clock(lambda: now)  # noqa: SLF001  as above
    checks = _Checks(verifier, now)
    await checks.run(token, use, nonce)
    error: TokenError | None = None
    try:
        if checks.required is ID:
            await verifier.id(token, nonce=nonce)
        else:
            await verifier.access(token)
    except TokenError as raised:
        error = raised
    return Report(
        error=error,
        checks=tuple(checks.made),
        use="id" if checks.required is ID else "access",
        claims=checks.payload,
        verified=checks.verified,
        now=now,
    )


class _NotCheckedError(Exception):
    """A check was not made; the message says why."""


class _Row:
    detail = ""


class _Checks:
    """Makes the checks of the verifier, and goes on after one that fails."""

    def __init__(self, verifier: TokenVerifier, now: float) -> None:
        self.made: list[Check] = []
        self.payload: dict[str, Any] | None = None
        self.required: Kind[Any] = ACCESS
        self.verified = False
        self._verifier = verifier
        self._now = now

    @contextmanager
    def _row(self, name: str) -> Generator[_Row]:
        """Make a check in the ``with`` block; its errors become the result."""
        row = _Row()
        result: Result = "ok"
        try:
            yield row
        except _NotCheckedError as reason:
            result, row.detail = "not checked", str(reason)
        except TokenError as error:
            result, row.detail = "failed", error.args[0]
        self.made.append(Check(name, result, row.detail))

    async def run(self, token: str, use: str | None, nonce: str | None) -> None:
        """Make all checks."""
        header = self._form(token)
        pool = await self._origin(token, header)
        self._times()
        claimed = self._use(use)
        claims: AccessClaims | IdClaims | None = None
        with self._row("claims") as row:
            kind = _needed(claimed, "the kind of token is unknown")
            payload = dict(_needed(self.payload, "the claims cannot be read"))
            claims = kind.build(payload, "" if pool is None else pool.id)
            row.detail = "complete, and of the right types"
        self._requirements(claims, nonce)

    def _form(self, token: str) -> Mapping[str, Any] | None:
        """Decode all parts; return the header."""
        header: Mapping[str, Any] | None = None
        with self._row("form") as row:
            parts = _jose.split(_checks.checked_token(token))
            row.detail = f"three parts, {len(token)} characters"
            errors: list[TokenError] = []
            values: list[Any] = []
            readers = (_jose.read_header, _jose.read_claims, _jose.read_signature)
            for read, part in zip(readers, parts, strict=True):
                try:
                    values.append(read(part))
                except TokenError as error:
                    values.append(None)
                    errors.append(error)
            header, self.payload, _ = values
            if errors:
                raise errors[0]
        return header

    async def _origin(self, token: str, header: Mapping[str, Any] | None) -> Pool | None:
        """Check who signed the token; return its user pool."""
        pool = key = None
        with self._row("algorithm") as row:
            _jose.check_algorithm(_needed(header, "the header cannot be read"))
            row.detail = _jose.ALGORITHM
        with self._row("issuer") as row:
            payload = _needed(self.payload, "the claims cannot be read")
            pool = pool_of(self._verifier._pools, payload)  # noqa: SLF001  private to the package
            row.detail = payload["iss"]
        with self._row("key") as row:
            kid = _jose.key_id(_needed(header, "the header cannot be read"))
            key = (await _needed(pool, "the user pool is unknown").keys.get(kid)).key
            row.detail = kid
        with self._row("signature") as row:
            key = _needed(key, "the key is unknown")
            for check in self.made[:2]:
                if check.result != "ok":
                    raise _NotCheckedError(f"{check.name}: {check.result}")
            _jose.Unverified(_checks.checked_token(token)).verify(key)
            self.verified = True
            row.detail = "made with this key"
        return pool

    def _times(self) -> None:
        leeway = self._verifier._leeway  # noqa: SLF001  private to the package
        with self._row("expiry") as row:
            payload = _needed(self.payload, "the claims cannot be read")
            _checks.check_expiry(payload, self._now, leeway)
            left = payload["exp"] - self._now
            row.detail = f"in {duration(left)}" if left > 0 else f"{duration(-left)} ago, within the leeway"
        with self._row("not before") as row:
            payload = _needed(self.payload, "the claims cannot be read")
            _checks.check_not_before(payload, self._now, leeway)
            row.detail = "the token names no such time" if payload.get("nbf") is None else "reached"

    def _use(self, use: str | None) -> Kind[Any] | None:
        """Check the kind of the token; return the one that it claims to be."""
        claimed: Kind[Any] | None = None
        if self.payload is not None:
            claimed = next((kind for kind in (ACCESS, ID) if self.payload.get("token_use") == kind.use), None)
        self.required = next((kind for kind in (ACCESS, ID) if kind.use == use), claimed or ACCESS)
        with self._row("use") as row:
            _checks.check_use(_needed(self.payload, "the claims cannot be read"), self.required)
            if use is None:
                raise _NotCheckedError(NOT_REQUIRED)
            row.detail = f"{self.required.name} token"
        return claimed

    def _requirements(self, claims: AccessClaims | IdClaims | None, nonce: str | None) -> None:
        """Check what depends on the application."""
        verifier = self._verifier
        with self._row("app client") as row:
            client_ids = _needed(verifier._client_ids, NOT_REQUIRED)  # noqa: SLF001  private to the package
            known = _needed(claims, "the claims are wrong")
            _checks.check_client(known, client_ids)
            row.detail = known.client_id
        with self._row("audience") as row:
            if isinstance(claims, IdClaims):
                raise _NotCheckedError("only access tokens are bound to an API")
            audience = _needed(verifier._audience, NOT_REQUIRED)  # noqa: SLF001  as above
            bound = _needed(claims, "the claims are wrong")
            _checks.check_audience(bound, audience)
            row.detail = ", ".join(sorted(bound.audience & audience))
        with self._row("groups") as row:
            groups = _needed(verifier._groups or None, NOT_REQUIRED)  # noqa: SLF001  as above
            known = _needed(claims, "the claims are wrong")
            _checks.check_groups(known, groups, None)
            row.detail = ", ".join(sorted(known.groups & groups))
        with self._row("scopes") as row:
            if isinstance(claims, IdClaims):
                raise _NotCheckedError("only access tokens have scopes")
            scopes = _needed(verifier._scopes or None, NOT_REQUIRED)  # noqa: SLF001  as above
            _checks.check_scopes(_needed(claims, "the claims are wrong"), scopes, None)
            row.detail = ", ".join(sorted(scopes))
        with self._row("nonce") as row:
            if isinstance(claims, AccessClaims):
                raise _NotCheckedError("only ID tokens have a nonce")
            _needed(nonce, NOT_REQUIRED)
            _checks.check_nonce(_needed(claims, "the claims are wrong"), nonce)
            row.detail = "that of the authorization request"


def _needed(value: T | None, reason: str) -> T:
    """Return a value that a check needs.

    Raises:
        _NotCheckedError: It is missing.
    """
    if value is None:
        raise _NotCheckedError(reason)
    return value
