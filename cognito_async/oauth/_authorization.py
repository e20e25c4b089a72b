"""The request that sends a browser to managed login, and the callback with which it returns."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Mapping
from typing import Self
from urllib.parse import parse_qsl, quote, urlencode

from cognito_async._errors import InvalidRequestError
from cognito_async._model.record import Record, field, frozen
from cognito_async.oauth._errors import CALLBACK, CODE, CallbackError, OAuthError, StateMismatchError, shown
from cognito_async.sign_in import _state
from cognito_async.sign_in._inputs import required_text

_KIND = "managed login request"
_BYTES = 32
"""Randomness of state, nonce and verifier: 256 bits."""
_NAMES = ("code", "state", "error", "error_description")
_MOST_PARAMETERS = 50
_PAGE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#@]*?)(?::([0-9]*))?(/[^?#]*)?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}

RESERVED = frozenset(
    {
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "redirect_uri",
        "request",
        "request_uri",
        "response_mode",
        "response_type",
        "scope",
        "state",
    }
)
"""Parameters that a caller cannot set: the checks of the callback depend on them."""
ARGUMENTS = {
    "identity_provider": "provider",
    "lang": "lang",
    "login_hint": "login_hint",
    "prompt": "prompt",
    "resource": "resource",
}
"""Parameters that have an argument of their own, and its name."""


@frozen(kw_only=True)
class AuthorizationRequest(Record):
    """A request for a sign-in: redirect the browser to ``url``, and keep ``to_state()`` for the callback.

    Its ``repr`` shows no secret. It is for one sign-in: delete what you kept, whether the sign-in succeeds or
    not.
    """

    _url: str | None = field(default=None, alias="url", repr=False, eq=False)

    redirect_uri: str
    """URL of your application to which the browser returns."""

    client_id: str
    """Id of the app client."""

    scope: str | None = None
    """Requested scopes, separated by blanks; None for all that the app client allows."""

    state: str = field(repr=False, validator=required_text)
    """Random text that the callback has to repeat, so that no one can forge it."""

    nonce: str = field(repr=False, validator=required_text)
    """Random text that the ID token has to contain, so that it belongs to this request."""

    code_verifier: str = field(repr=False, validator=required_text)
    """Secret of PKCE: the code is worthless without it."""

    @property
    def url(self) -> str:
        """URL of managed login; it contains the state.

        Raises:
            InvalidRequestError: The request was restored by ``from_state``: the browser has been there.
        """
        if self._url is None:
            raise InvalidRequestError(
                "AuthorizationRequest",
                ["url: a request from from_state() has none, it is for redeem(); call authorize() again"],
            )
        return self._url

    def to_state(self) -> str:
        """Return what ``redeem`` needs as text, for a cookie or the server; ``url`` is not part of it.

        It is neither encrypted nor signed. A cookie must be ``HttpOnly``, ``Secure`` and ``SameSite=Lax``.
        """
        return _state.dump(
            _KIND,
            {
                "redirect": self.redirect_uri,
                "client": self.client_id,
                "scope": self.scope,
                "state": self.state,
                "nonce": self.nonce,
                "verifier": self.code_verifier,
            },
        )

    @classmethod
    def from_state(cls, text: str) -> Self:
        """Return the request that ``to_state`` wrote, without ``url``.

        Raises:
            InvalidRequestError: The text does not come from ``to_state``.
        """
        state = _state.load(_KIND, text)
        return cls(
            redirect_uri=_state.text(state, "redirect"),
            client_id=_state.text(state, "client"),
            scope=state.get("scope") and _state.text(state, "scope"),
            state=_state.text(state, "state"),
            nonce=_state.text(state, "nonce"),
            code_verifier=_state.text(state, "verifier"),
        )


def new_request(
    endpoint: str,
    *,
    client_id: str,
    redirect_uri: str,
    scope: str | None,
    parameters: Mapping[str, str | None],
) -> AuthorizationRequest:
    """Return a request with new random values.

    Args:
        endpoint: URL of the authorization endpoint.
        client_id: Id of the app client.
        redirect_uri: URL to return to.
        scope: Scopes, separated by blanks.
        parameters: Further parameters; those with None are left out.
    """
    state, nonce, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(3))
    query = {
        **parameters,
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": scope,
        "state": state,
        "nonce": nonce,
        "code_challenge": code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    present = {name: value for name, value in query.items() if value is not None}
    return AuthorizationRequest(
        url=f"{endpoint}?{urlencode(present, quote_via=quote)}",
        redirect_uri=redirect_uri,
        client_id=client_id,
        scope=scope,
        state=state,
        nonce=nonce,
        code_verifier=verifier,
    )


def code_challenge(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier, RFC 7636."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def code_of_callback(callback_url: object, request: AuthorizationRequest) -> str:
    """Return the code of a callback, after its checks: URL, state, error.

    Raises:
        CallbackError: It is not the callback of a sign-in, or not of this one.
        OAuthError: It reports an error.
    """
    parameters = _parameters(callback_url, request.redirect_uri)
    state = parameters.get("state")
    if state is None:
        raise StateMismatchError("the callback has no state")
    if not hmac.compare_digest(state.encode(errors="surrogatepass"), request.state.encode()):
        raise StateMismatchError("the state of the callback is not that of the request")
    error = parameters.get("error")
    if error is not None:
        if not re.fullmatch(CODE, error):
            raise CallbackError("the error of the callback is not a code of OAuth 2.0")
        description = shown(parameters.get("error_description", ""))
        raise OAuthError(description, code=error, operation=CALLBACK, status=302)
    code = parameters.get("code")
    if not code:
        raise CallbackError("the callback has neither a code nor an error")
    if not (code.isascii() and code.isprintable()):
        raise CallbackError("the code of the callback has characters that no code has")
    return code


def _parameters(callback_url: object, redirect_uri: str) -> dict[str, str]:
    """Return the parameters of a callback, whose URL must be the redirect URI."""
    if not isinstance(callback_url, str):
        raise CallbackError(f"callback_url: expected the URL as text, got {type(callback_url).__name__}")
    base, _, query = callback_url.partition("#")[0].partition("?")
    expected, _, own_query = redirect_uri.partition("?")
    page = _normalized(base)
    if page is None or page != _normalized(expected):
        raise _wrong_url()
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise CallbackError("the callback has too many parameters") from None
    own = Counter(parse_qsl(own_query, keep_blank_values=True))
    received = Counter(pairs)
    if not own <= received:
        raise _wrong_url()
    # Those of the redirect URI itself, then each of the others once.
    names = [*{name for name, _ in own}, *(name for name, _ in (received - own).elements())]
    for name, count in Counter(names).items():
        if count > 1:
            what = f"the parameter {name}" if name in _NAMES else "a parameter"
            raise CallbackError(f"the callback has {what} more than once")
    return dict(pairs)


def _normalized(url: str) -> tuple[str, str, str, str] | None:
    """Return scheme, host, port and path of a URL without query as browsers write them; None if malformed."""
    match = _PAGE.fullmatch(url) if url.isascii() else None
    if match is None:
        return None
    scheme = match[1].lower()
    port = match[3] or ""
    return scheme, match[2].lower(), "" if port == _DEFAULT_PORTS.get(scheme) else port, match[4] or "/"


def _wrong_url() -> CallbackError:
    error = CallbackError("the URL of the callback is not the redirect URI of the request")
    error.advice = (
        "If a proxy changes scheme, host or path, pass the redirect URI followed by ? and the query of the "
        "callback."
    )
    return error
