"""Headers of any input are valid: nothing in scopes, realm or a token adds a header or ends a quoted string."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cognito_async.errors import ConfigurationError, InvalidRequestError
from cognito_async.integrations._bearer import (
    ErrorResponse,
    challenge,
    checked_realm,
    checked_scopes,
    token_response,
    verify_request,
)
from cognito_async.tokens import MissingGroupError, MissingScopeError, TokenVerifier
from support.tokens import CLIENT, POOL, jwks

# RFC 6750, section 3: auth-params with quoted strings, here without escapes.
PARAMETER = r'(realm|error|error_description|scope)="[\x20-\x21\x23-\x5B\x5D-\x7E]+"'
CHALLENGE = re.compile(rf"Bearer( {PARAMETER}(, {PARAMETER})*)?")
TEXTS = st.text() | st.text(st.sampled_from('ab/:"\\ \r\n\t,=\x7f\x00é'))


def is_valid(headers: dict[str, str]) -> bool:
    return headers.keys() == {"WWW-Authenticate"} and bool(CHALLENGE.fullmatch(headers["WWW-Authenticate"]))


@given(st.frozensets(TEXTS), st.none() | TEXTS)
def test_scopes_and_realm_cannot_break_the_header(scopes: frozenset[str], realm: str | None) -> None:
    try:
        checked = checked_realm(realm)
    except ConfigurationError:
        checked = None
    for error in (MissingScopeError(scopes), MissingGroupError(scopes)):
        assert is_valid(token_response(error, checked).headers)


@given(TEXTS)
def test_an_accepted_scope_arrives_unchanged_in_the_challenge(scope: str) -> None:
    try:
        [checked] = checked_scopes(scope)
    except InvalidRequestError:
        return
    headers = challenge(None, "insufficient_scope", None, [checked, "a/b"])
    assert is_valid(headers)
    shown = headers["WWW-Authenticate"].partition('scope="')[2].removesuffix('"')
    assert shown.split(" ") == sorted([scope, "a/b"])


@given(st.lists(TEXTS | TEXTS.map("Bearer {}".format), max_size=2))
async def test_any_authorization_is_rejected_with_a_valid_challenge(values: list[str]) -> None:
    verifier = TokenVerifier(POOL, client_id=CLIENT, jwks=jwks())
    result: Any = await verify_request(verifier, values)
    if isinstance(result, ErrorResponse):
        assert is_valid(result.headers)
        assert result.status in {400, 401}
        assert CHALLENGE.fullmatch(challenge(None, "invalid_token", result.detail)["WWW-Authenticate"])
    else:
        assert result is None
