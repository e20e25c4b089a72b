"""Authorization requests and callbacks: URL, PKCE, state, and what a callback may contain."""

from __future__ import annotations

import json
import pickle
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async.errors import InvalidRequestError
from cognito_async.oauth import AuthorizationRequest, CallbackError, OAuthError, StateMismatchError
from cognito_async.oauth._authorization import code_challenge, code_of_callback, new_request

REDIRECT = "https://app.example/callback"
ENDPOINT = "https://auth.example.com/oauth2/authorize"


def make(**parameters: Any) -> AuthorizationRequest:
    settings = {"client_id": "client1", "redirect_uri": REDIRECT, "scope": "email openid"}
    return new_request(ENDPOINT, **{**settings, "parameters": parameters})


def callback(request: AuthorizationRequest, base: str = REDIRECT, **parameters: str) -> str:
    return f"{base}?{urlencode({'state': request.state, **parameters})}"


def test_the_challenge_is_that_of_rfc_7636_appendix_b() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert code_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_url_has_all_parameters_and_no_secret() -> None:
    request = make(lang="de", login_hint=None)
    base, _, query = request.url.partition("?")
    assert base == ENDPOINT
    assert dict(parse_qsl(query, strict_parsing=True)) == {
        "lang": "de",
        "response_type": "code",
        "client_id": "client1",
        "redirect_uri": REDIRECT,
        "scope": "email openid",
        "state": request.state,
        "nonce": request.nonce,
        "code_challenge": code_challenge(request.code_verifier),
        "code_challenge_method": "S256",
    }
    assert request.code_verifier not in request.url


def test_state_nonce_and_verifier_are_256_random_bits_each() -> None:
    requests = [make() for _ in range(20)]
    values = [value for each in requests for value in (each.state, each.nonce, each.code_verifier)]
    assert len(set(values)) == len(values)
    assert {len(urlsafe_b64decode(f"{value}=")) for value in values} == {32}


def test_the_repr_shows_no_secret() -> None:
    request = make()
    for secret in (request.state, request.nonce, request.code_verifier):
        assert secret not in repr(request)


@pytest.mark.parametrize("scope", [None, "openid"])
def test_a_request_survives_its_text(scope: str | None) -> None:
    request = new_request(ENDPOINT, client_id="c", redirect_uri=REDIRECT, scope=scope, parameters={})
    restored = AuthorizationRequest.from_state(request.to_state())
    assert restored == request
    assert (restored.nonce, restored.code_verifier) == (request.nonce, request.code_verifier)


def test_a_request_from_a_text_has_no_url() -> None:
    request = new_request(ENDPOINT, client_id="c", redirect_uri=REDIRECT, scope="openid", parameters={})
    text = request.to_state()
    assert len(text) < 500
    assert ENDPOINT.encode() not in urlsafe_b64decode(text + "=" * (-len(text) % 4))
    with pytest.raises(InvalidRequestError, match=r"url: a request from from_state\(\) has none"):
        _ = AuthorizationRequest.from_state(text).url


@pytest.mark.parametrize("name", ["state", "nonce", "code_verifier"])
def test_a_request_has_random_values(name: str) -> None:
    values = {"state": "s", "nonce": "n", "code_verifier": "v"}
    for value in ("", "\udcff", None):
        settings: Any = {**values, name: value}
        with pytest.raises(InvalidRequestError, match=name):
            AuthorizationRequest(url="u", redirect_uri=REDIRECT, client_id="c", **settings)


def test_a_text_with_half_of_a_surrogate_pair_is_no_request() -> None:
    text = make().to_state()
    state = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    for name in ("state", "nonce", "verifier", "client", "other"):
        changed = urlsafe_b64encode(json.dumps({**state, name: "\udcff"}).encode()).decode()
        with pytest.raises(InvalidRequestError, match="not text that to_state"):
            AuthorizationRequest.from_state(changed)


@pytest.mark.parametrize("text", ["", "x", None, "eyJ2IjoxLCJraW5kIjoic3RlcCJ9"])
def test_other_text_is_no_request(text: Any) -> None:
    with pytest.raises(InvalidRequestError, match="state of a managed login request"):
        AuthorizationRequest.from_state(text)


@given(
    st.dictionaries(
        st.sampled_from(["identity_provider", "login_hint", "lang", "resource", "prompt", "x y&=#"]),
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    ),
    st.sampled_from([REDIRECT, f"{REDIRECT}?a=b&c=d%20e", "http://localhost:8000/"]),
)
def test_what_was_put_into_the_url_is_read_from_it(parameters: dict[str, str], redirect_uri: str) -> None:
    request = new_request(
        ENDPOINT, client_id="client1", redirect_uri=redirect_uri, scope=None, parameters=parameters
    )
    assert request.url.isascii()
    query = dict(parse_qsl(urlsplit(request.url).query, strict_parsing=True, keep_blank_values=True))
    assert {name: query[name] for name in parameters} == parameters
    assert query["redirect_uri"] == redirect_uri
    assert "scope" not in query


# Callbacks


def test_the_code_of_the_callback_is_returned() -> None:
    request = make()
    assert code_of_callback(callback(request, code="c-1"), request) == "c-1"
    assert code_of_callback(f"{callback(request, code='c-1')}#_=_", request) == "c-1"


def test_parameters_of_the_redirect_uri_have_to_come_back() -> None:
    request = new_request(
        ENDPOINT, client_id="c", redirect_uri=f"{REDIRECT}?tenant=1", scope=None, parameters={}
    )
    assert code_of_callback(f"{callback(request, code='c-1')}&tenant=1", request) == "c-1"
    with pytest.raises(CallbackError, match="is not the redirect URI"):
        code_of_callback(callback(request, code="c-1", tenant="2"), request)
    for more in ("tenant=2", "tenant=1", "%74enant=3"):
        with pytest.raises(CallbackError, match="the callback has a parameter more than once"):
            code_of_callback(f"{callback(request, code='c-1')}&tenant=1&{more}", request)


def test_a_redirect_uri_may_repeat_a_parameter() -> None:
    redirect_uri = f"{REDIRECT}?a=1&a=2"
    request = new_request(ENDPOINT, client_id="c", redirect_uri=redirect_uri, scope=None, parameters={})
    url = f"{redirect_uri}&code=c-1&state={request.state}"
    assert code_of_callback(url, request) == "c-1"
    with pytest.raises(CallbackError, match="more than once"):
        code_of_callback(f"{url}&a=1", request)


@pytest.mark.parametrize(
    ("redirect_uri", "base"),
    [
        ("https://app.example", "https://app.example/"),
        ("https://app.example/", "https://app.example"),
        ("https://App.Example/cb", "https://app.example/cb"),
        ("https://app.example:443/cb", "https://app.example/cb"),
        ("https://app.example/cb", "https://app.example:443/cb"),
        ("https://app.example/cb", "https://app.example:/cb"),
        ("HTTPS://app.example/cb", "https://app.example/cb"),
        ("http://localhost", "http://localhost:80/"),
        ("https://[::1]:443/cb", "https://[::1]/cb"),
    ],
)
def test_a_url_is_compared_as_browsers_write_it(redirect_uri: str, base: str) -> None:
    request = new_request(ENDPOINT, client_id="c", redirect_uri=redirect_uri, scope=None, parameters={})
    assert code_of_callback(callback(request, base, code="c-1"), request) == "c-1"
    assert urlencode({"redirect_uri": redirect_uri}) in request.url.replace("%20", "+")  # as registered


def test_a_host_in_other_letters_is_another_host() -> None:
    kelvin = "\u212a"  # "K" in lower case is the ASCII letter
    request = new_request(
        ENDPOINT, client_id="c", redirect_uri="https://kay.example/cb", scope=None, parameters={}
    )
    with pytest.raises(CallbackError, match="is not the redirect URI"):
        code_of_callback(callback(request, f"https://{kelvin}ay.example/cb", code="c-1"), request)


@pytest.mark.parametrize(
    "base",
    [
        "http://app.example/callback",
        "https://evil.example/callback",
        f"{REDIRECT}/",
        f"{REDIRECT}/../callback",
        "https://app.example/Callback",
        "https://app.example/%63allback",
        "https://app.example:8443/callback",
        "https://app.example:80/callback",
        "https://app.example./callback",
        "https://app.example:443@evil.example/callback",
        "https://@app.example/callback",
        " https://app.example/callback",
        "https://app.example/call\nback",
        "https:/app.example/callback",
        "//app.example/callback",
        "https://app.example@evil.example/callback",
        "/callback",
        "",
    ],
)
def test_a_callback_at_another_url_is_rejected(base: str) -> None:
    request = make()
    with pytest.raises(CallbackError, match=r"is not the redirect URI .* pass the redirect URI"):
        code_of_callback(callback(request, base, code="c-1"), request)


def test_an_error_comes_after_the_state() -> None:
    request = make()
    with pytest.raises(OAuthError) as caught:
        code_of_callback(
            callback(request, code="1", error="access_denied", error_description="User cancelled"), request
        )
    error = caught.value
    assert (error.error, error.description, error.status) == ("access_denied", "User cancelled", 302)
    assert str(error) == (
        "OAuthAuthorize failed with access_denied (HTTP 302). The user or the identity provider refused, or a "
        "Lambda trigger did: the description says more. Offer the user to start again."
    )
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.error, copy.description, str(copy)) == (error.error, error.description, str(error))


@pytest.mark.parametrize("state", ["", "&state=", "&state=attacker"])
def test_the_error_of_a_forged_callback_is_not_shown(state: str) -> None:
    text = "PreSignUp failed with error visit evil.example."
    url = f"{REDIRECT}?{urlencode({'error': 'access_denied', 'error_description': text})}{state}"
    with pytest.raises(StateMismatchError, match="state") as caught:
        code_of_callback(url, make())
    assert "evil" not in str((caught.value, caught.value.__dict__))
    assert "access_denied" not in str(caught.value)


def test_the_error_of_a_callback_names_no_trigger() -> None:
    request = make()
    text = "PreSignUp failed with error visit evil.example."
    with pytest.raises(OAuthError) as caught:
        code_of_callback(callback(request, error="invalid_request", error_description=text), request)
    error = caught.value
    assert (error.trigger, error.lambda_message, error.message) == (None, None, "")
    assert error.description == text
    assert "evil" not in str(error)
    assert "CloudWatch" not in error.advice


@pytest.mark.parametrize(
    "code", ["ThrottlingException", "RequestTimeout", "UserNotFoundException", "429", "503"]
)
def test_the_error_of_a_callback_justifies_no_retry(code: str) -> None:
    request = make()
    with pytest.raises(OAuthError) as caught:
        code_of_callback(callback(request, error=code), request)
    assert (caught.value.error, caught.value.throttling, caught.value.retryable) == (code, False, False)
    assert caught.value.advice.startswith("See the description")


@pytest.mark.parametrize("code", ["", "x" * 61, "a\nb", 'a"b', "a\\b", "\u00e9"])
def test_an_error_that_is_no_code_is_rejected(code: str) -> None:
    request = make()
    with pytest.raises(CallbackError, match="the error of the callback is not a code") as caught:
        code_of_callback(callback(request, error=code, error_description="evil"), request)
    assert "evil" not in str(caught.value)


def test_a_forged_description_is_one_short_line() -> None:
    request = make()
    text = "a\nb\x1b[31m" * 100
    with pytest.raises(OAuthError) as caught:
        code_of_callback(callback(request, error="x", error_description=text), request)
    assert caught.value.description.isprintable()
    assert len(caught.value.description) <= 303


@pytest.mark.parametrize("state", [None, "", "other", "ö", "\ud800"])
def test_another_state_is_rejected(state: str | None) -> None:
    request = make()
    url = f"{REDIRECT}?code=c-1"
    if state is not None:
        url = f"{url}&state={state}"
    with pytest.raises(StateMismatchError, match=r"state") as caught:
        code_of_callback(url, request)
    assert "c-1" not in str(caught.value)
    assert request.state not in str(caught.value)


@pytest.mark.parametrize("code", ["\udcff", "\u00e9", "a\nb"])
def test_a_code_has_the_characters_of_one(code: str) -> None:
    request = make()
    with pytest.raises(CallbackError, match="characters that no code has"):
        code_of_callback(f"{REDIRECT}?state={request.state}&code={code}", request)


def test_the_state_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    request = make()
    compared: list[set[bytes]] = []

    def record(first: bytes, second: bytes) -> bool:
        compared.append({first, second})
        return True

    monkeypatch.setattr("hmac.compare_digest", record)
    code_of_callback(f"{REDIRECT}?code=1&state=other", request)
    assert compared == [{b"other", request.state.encode()}]


@pytest.mark.parametrize("code", [None, ""])
def test_a_callback_without_a_code_is_rejected(code: str | None) -> None:
    request = make()
    parameters = {} if code is None else {"code": code}
    with pytest.raises(CallbackError, match="neither a code nor an error"):
        code_of_callback(callback(request, **parameters), request)


@pytest.mark.parametrize("name", ["code", "state", "error", "error_description"])
def test_a_parameter_that_comes_twice_is_rejected(name: str) -> None:
    request = make()
    with pytest.raises(CallbackError, match=f"the parameter {name} more than once"):
        code_of_callback(f"{REDIRECT}?{name}=a&{name}=a", request)
    with pytest.raises(CallbackError, match="the callback has a parameter more than once") as caught:
        code_of_callback(f"{callback(request, code='1')}&evil=1&evil=2", request)
    assert "evil" not in str(caught.value)


def test_too_many_parameters_are_rejected() -> None:
    with pytest.raises(CallbackError, match="too many"):
        code_of_callback(f"{REDIRECT}?{'a=b&' * 60}", make())


@pytest.mark.parametrize("url", [None, b"https://app.example/callback?code=1", 3])
def test_a_callback_that_is_not_text_is_rejected(url: Any) -> None:
    with pytest.raises(CallbackError, match="expected the URL as text"):
        code_of_callback(url, make())
