"""The domain of the fake pool: pages as a browser sees them, and requests of other clients."""

from __future__ import annotations

import http.client
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from cognito_async import HTTPRequest, HTTPResponse
from cognito_async.oauth import ManagedLogin, discover
from cognito_async.oauth._authorization import code_challenge
from cognito_async.sign_in._tokens import unverified_claims
from cognito_async.testing import FakeUserPool
from cognito_async.testing._fake_pool import oauth_page

REDIRECT = "https://app.example/callback"
BYE = "https://app.example/bye"
SECRET = "client_secret_for_the_tests"
VERIFIER = "verifier-of-at-least-43-characters-for-pkce-s256"
CHALLENGE = code_challenge(VERIFIER)


@pytest.fixture(params=[None, SECRET], ids=["public", "secret"])
def pool(request: pytest.FixtureRequest) -> FakeUserPool:
    pool = FakeUserPool(client_secret=request.param)
    pool.add_user("ana", "correct horse", email="ana@example.com")
    pool.app_client.callback_urls = [REDIRECT, f"{REDIRECT}?a=b"]
    pool.app_client.logout_urls = [BYE]
    return pool


class Browser:
    """Sends the requests of a browser or an application to a pool, and keeps its cookie."""

    def __init__(self, pool: FakeUserPool) -> None:
        self.pool = pool
        self.cookie = ""

    def send(self, method: str, path: str, form: Any = None, **headers: str) -> HTTPResponse:
        if self.cookie:
            headers["Cookie"] = f"other=1; {self.cookie}"
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = b"" if form is None else urlencode(form).encode()
        request = HTTPRequest(method, path, headers, body)
        response = self.pool._service.respond(request, path.partition("?")[0])
        if "set-cookie" in response.headers:
            self.cookie = response.headers["set-cookie"].partition(";")[0]
        return response

    def query(self, **changes: Any) -> str:
        query = {
            "response_type": "code",
            "client_id": self.pool.client_id,
            "redirect_uri": REDIRECT,
            "state": "s",
            **changes,
        }
        return urlencode({name: value for name, value in query.items() if value is not None})

    def authorize(self, **changes: Any) -> HTTPResponse:
        return self.send("GET", f"/oauth2/authorize?{self.query(**changes)}")

    def login(self, form: Any, **changes: Any) -> HTTPResponse:
        page = self.authorize(**changes)
        match = re.search('action="([^"]*)"', page.body.decode())
        assert match is not None
        return self.send("POST", unescape(match[1]), form)

    def token(self, **form: str) -> HTTPResponse:
        return self.application("/oauth2/token", form)

    def application(self, path: str, form: dict[str, str]) -> HTTPResponse:
        if self.pool.client_secret is None:
            return self.send("POST", path, {"client_id": self.pool.client_id, **form})
        credentials = b64encode(f"{self.pool.client_id}:{self.pool.client_secret}".encode()).decode()
        return self.send("POST", path, form, Authorization=f"Basic {credentials}")

    def code(self, **changes: Any) -> str:
        response = self.login({"username": "ana", "password": "correct horse"}, **changes)
        self.cookie = ""
        return target(response)["code"]


@pytest.fixture
def browser(pool: FakeUserPool) -> Browser:
    return Browser(pool)


def target(response: HTTPResponse, url: str = REDIRECT) -> dict[str, str]:
    assert response.status == 302, response
    location = response.headers["location"]
    assert location.startswith(f"{url}?")
    return dict(parse_qsl(urlsplit(location).query))


def error(response: HTTPResponse) -> str:
    return str(json.loads(response.body)["error"])


def test_a_user_signs_in_on_the_page(browser: Browser) -> None:
    page = browser.authorize()
    assert page.headers["content-type"] == "text/html;charset=UTF-8"
    assert b"<form" in page.body
    assert browser.authorize(prompt="login consent").status == 200
    wrong = browser.login({"username": "ana", "password": "wrong"})
    assert b"Incorrect username or password." in wrong.body
    unknown = browser.login({"username": "bob", "password": "wrong"})
    assert b"Incorrect username or password." in unknown.body
    result = target(browser.login({"username": "ana", "password": "correct horse"}))
    assert result.keys() == {"code", "state"}
    again = target(browser.authorize(state=None))  # the cookie signs in
    assert again.keys() == {"code"}
    assert target(browser.authorize(prompt="none")).keys() == {"code", "state"}
    assert browser.authorize(prompt="login").status == 200
    assert browser.authorize(prompt="select_account login").status == 200
    browser.pool.clock.advance(3601)
    assert browser.authorize().status == 200


def test_a_user_without_a_password_cannot_use_the_page(browser: Browser) -> None:
    browser.pool.add_user("bob")
    for form in ({"username": "bob", "password": ""}, {"username": "bob"}, {"password": ""}, {}):
        assert b"Incorrect" in browser.login(form).body


def test_users_who_need_another_page_are_rejected() -> None:
    pool = FakeUserPool(mfa="optional")
    pool.app_client.callback_urls = [REDIRECT]
    pool.add_user("ana", "correct horse")
    pool.add_user("bob", "correct horse", phone_number="+15550100", mfa=["sms"])
    pool.add_user("eve", "correct horse", status="FORCE_CHANGE_PASSWORD")
    browser = Browser(pool)
    url = f"https://x/?{browser.query()}"
    assert "code=" in pool.managed_login(url, "ana")
    for name, problem in (("bob", "pages have no MFA"), ("eve", "pages cannot set a new password")):
        response = browser.login({"username": name, "password": "correct horse"})
        assert (response.status, problem in unescape(response.body.decode())) == (400, True)
        with pytest.raises(ValueError, match=f"the fake pool's {problem}"):
            pool.managed_login(url, name)
        assert "error=access_denied" in pool.managed_login(url, name, signed_in=False)
    pool = FakeUserPool(mfa="on", users={"ana": "correct horse"})
    pool.app_client.callback_urls = [REDIRECT]
    with pytest.raises(ValueError, match="no MFA"):
        pool.managed_login(f"https://x/?{Browser(pool).query()}", "ana")


XSS = "\"><script>alert('1')</script>{0}"


def test_the_pages_escape_what_they_show(browser: Browser) -> None:
    pages = [
        browser.authorize(state=XSS),
        browser.authorize(client_id=XSS),
        browser.login({"username": XSS, "password": "x"}, state=XSS),
        browser.send("GET", f"/oauth2/authorize?{browser.query()}&x={XSS}"),
    ]
    for page in pages:
        assert b"<script" not in page.body
        assert re.search(rb'action="[^"]*"><', page.body) is None
    assert b"<script" not in oauth_page.error(XSS)
    assert b"<script" not in oauth_page.form("", XSS)
    assert unescape(oauth_page.error(XSS).decode()).count(XSS) == 1


def test_a_user_cancels(browser: Browser) -> None:
    result = target(browser.login({"username": "", "password": "", "cancel": "true"}))
    assert (result["error"], result["state"]) == ("access_denied", "s")


def test_the_query_of_a_redirect_uri_stays(browser: Browser) -> None:
    response = browser.authorize(redirect_uri=f"{REDIRECT}?a=b", prompt="none")
    assert target(response).items() >= {"a": "b", "error": "login_required"}.items()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"response_type": "token"}, "unauthorized_client"),
        ({"scope": "openid orders/read"}, "invalid_scope"),
        ({"scope": "email"}, "invalid_scope"),
        ({"scope": "phone profile aws.cognito.signin.user.admin"}, "invalid_scope"),
        ({"code_challenge": "x"}, "invalid_request"),
        ({"code_challenge": CHALLENGE}, "invalid_request"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "", "code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge": CHALLENGE[1:], "code_challenge_method": "S256"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "other"}, "invalid_request"),
        ({"resource": "api.example.com"}, "invalid_request"),
        ({"resource": "http://api.example.com"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_errors_are_redirected(browser: Browser, changes: Any, expected: str) -> None:
    assert target(browser.authorize(**changes))["error"] == expected


@pytest.mark.parametrize("resource", ["https://api.example.com", "http://localhost:5000/x", "myapp://api"])
def test_a_resource_becomes_the_audience(browser: Browser, resource: str) -> None:
    code = browser.code(resource=resource)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    tokens = json.loads(browser.token(**form).body)
    refreshed = browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    for body in (tokens, json.loads(refreshed.body)):
        assert unverified_claims(body["access_token"])["aud"] == resource


@pytest.mark.parametrize("name", ["redirect_uri", "state", "other"])
def test_a_repeated_parameter_of_a_page_is_refused(browser: Browser, name: str) -> None:
    query = f"{browser.query(other='x')}&{urlencode({name: REDIRECT})}"
    for method, path in (("GET", "/oauth2/authorize"), ("POST", "/login"), ("GET", "/logout")):
        response = browser.send(method, f"{path}?{query}")
        assert (response.status, b"a parameter is repeated" in response.body) == (400, True)
    with pytest.raises(ValueError, match="a parameter is repeated"):
        browser.pool.managed_login(f"https://x/?{query}", "ana")


def test_a_repeated_parameter_of_an_application_is_refused(browser: Browser) -> None:
    for path in ("/oauth2/token", "/oauth2/revoke"):
        form = [("client_id", browser.pool.client_id), ("code", "1"), ("code", "2")]
        assert error(browser.send("POST", path, form)) == "invalid_request"


@pytest.mark.parametrize("changes", [{"client_id": "other"}, {"redirect_uri": "https://evil.example"}])
def test_errors_of_client_and_redirect_uri_are_not_redirected(browser: Browser, changes: Any) -> None:
    response = browser.authorize(**changes)
    assert response.status == 400
    assert b"<h1>Error</h1>" in response.body
    with pytest.raises(ValueError, match="FakeUserPool: "):
        browser.pool.managed_login(f"https://x/oauth2/authorize?{browser.query(**changes)}", "ana")


def test_only_known_users_are_signed_in(browser: Browser) -> None:
    with pytest.raises(LookupError, match="no user 'bob'"):
        browser.pool.managed_login(f"https://x/?{browser.query()}", "bob")


def test_a_user_who_may_not_sign_in_gets_an_error(browser: Browser) -> None:
    browser.pool.user("ana").status = "UNCONFIRMED"
    url = browser.pool.managed_login(f"https://x/?{browser.query()}", "ana")
    assert "User%20is%20not%20confirmed" in url
    url = browser.pool.managed_login(f"https://x/?{browser.query(scope='x')}", "ana")
    assert "error=invalid_scope" in url


def test_logout_ends_the_session_of_the_browser(browser: Browser) -> None:
    browser.login({"username": "ana", "password": "correct horse"})
    cookie = browser.cookie
    path = f"/logout?{urlencode({'client_id': browser.pool.client_id, 'logout_uri': BYE})}"
    response = browser.send("GET", path)
    assert (response.status, response.headers["location"]) == (302, BYE)
    assert browser.cookie == "cognito="
    browser.cookie = cookie
    assert browser.authorize().status == 200


@pytest.mark.parametrize("query", ["", "client_id=other", f"logout_uri={BYE}"])
def test_logout_needs_a_registered_url(browser: Browser, query: str) -> None:
    assert browser.send("GET", f"/logout?{query}").status == 400


# Settings of the app client


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"callback_urls": REDIRECT}, "callback_urls: expected a list of text"),
        ({"callback_urls": [3]}, "callback_urls: expected a list of text"),
        ({"callback_urls": ["/callback"]}, "callback_urls: expected whole URLs"),
        ({"callback_urls": [f"{REDIRECT}#x"]}, "callback_urls: expected whole URLs"),
        ({"logout_urls": BYE}, "logout_urls: expected a list of text"),
        ({"logout_urls": [""]}, "logout_urls: expected whole URLs"),
        ({"scopes": "openid"}, "scopes: expected a list of text"),
        ({"scopes": None}, "scopes: expected a list of text"),
        ({"explicit_auth_flows": "ALLOW_USER_AUTH"}, "explicit_auth_flows: expected a list of text"),
        ({"oauth_flows": "code"}, "oauth_flows: expected a list of text"),
        ({"oauth_flows": ["password"]}, "oauth_flows: unknown 'password'"),
        ({"oauth_flows": ["code", "client_credentials"]}, "client_credentials and other grants exclude"),
    ],
)
def test_wrong_settings_of_an_app_client_are_rejected(settings: Any, problem: str) -> None:
    pool = FakeUserPool()
    with pytest.raises(ValueError, match=problem):
        pool.add_client(**settings)
    for name, value in settings.items():
        with pytest.raises(ValueError, match=problem):
            setattr(pool.app_client, name, value)


def test_an_app_client_may_have_its_own_scheme() -> None:
    client = FakeUserPool().add_client(callback_urls=["myapp://callback"], oauth_flows=["code", "implicit"])
    assert client.callback_urls == ["myapp://callback"]


# The token endpoint


def exchange(browser: Browser, verifier: str | None, **changes: Any) -> HTTPResponse:
    """Redeem a code with a verifier of PKCE."""
    form = {"grant_type": "authorization_code", "code": browser.code(**changes), "redirect_uri": REDIRECT}
    return browser.token(**form, **({} if verifier is None else {"code_verifier": verifier}))


def pkce(verifier: str) -> dict[str, str]:
    return {"code_challenge": code_challenge(verifier), "code_challenge_method": "S256"}


@pytest.mark.parametrize("length", [43, 128])
def test_a_code_is_exchanged_with_its_verifier(browser: Browser, length: int) -> None:
    verifier = "v" * length
    assert exchange(browser, verifier, **pkce(verifier)).status == 200


def test_pkce_cannot_be_left_out(browser: Browser) -> None:
    for verifier in (None, "", "w" * 43, CHALLENGE):
        assert error(exchange(browser, verifier, **pkce(VERIFIER))) == "invalid_grant"
    assert error(exchange(browser, VERIFIER)) == "invalid_grant"


@pytest.mark.parametrize("verifier", ["v" * 42, "v" * 129, "v" * 42 + "!"])
def test_a_verifier_has_a_length_and_characters(browser: Browser, verifier: str) -> None:
    assert error(exchange(browser, verifier, **pkce(verifier))) == "invalid_grant"


@pytest.mark.parametrize("change", ["disabled", "status", "deleted"])
def test_a_user_who_may_not_sign_in_any_more_gets_no_tokens(browser: Browser, change: str) -> None:
    code, user = browser.code(), browser.pool.user("ana")
    if change == "disabled":
        user.disabled = True
    elif change == "status":
        user.status = "RESET_REQUIRED"
    else:
        browser.pool._state.users[user.username].exists = False
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    assert error(browser.token(**form)) == "invalid_grant"


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ("openid", {"sub", "email", "email_verified", "phone_number", "phone_number_verified", "name"}),
        (
            "openid profile",
            {"sub", "email", "email_verified", "phone_number", "phone_number_verified", "name"},
        ),
        (
            "openid aws.cognito.signin.user.admin",
            {"sub", "email", "email_verified", "phone_number", "phone_number_verified", "name"},
        ),
        ("openid email", {"sub", "email", "email_verified"}),
        ("openid phone", {"sub", "phone_number", "phone_number_verified"}),
        (
            "openid phone email",
            {"sub", "email", "email_verified", "phone_number", "phone_number_verified"},
        ),
    ],
)
def test_scopes_limit_the_attributes(browser: Browser, scope: str, names: set[str]) -> None:
    browser.pool.user("ana").attributes.update(
        phone_number="+15550100", phone_number_verified="true", name="Ana"
    )
    body = json.loads(exchange(browser, None, scope=scope).body)
    claims = unverified_claims(body["id_token"])
    all_names = {"sub", "email", "email_verified", "phone_number", "phone_number_verified", "name"}
    assert claims.keys() & all_names == names
    response = browser.send("GET", "/oauth2/userInfo", Authorization=f"Bearer {body['access_token']}")
    assert json.loads(response.body).keys() == names | {"username"}


def test_a_code_is_exchanged_once(browser: Browser) -> None:
    code = browser.code(nonce="n", scope="openid email")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    body = json.loads(browser.token(**form).body)
    assert body.keys() == {"access_token", "id_token", "refresh_token", "expires_in", "token_type"}
    assert unverified_claims(body["id_token"])["nonce"] == "n"
    assert unverified_claims(body["access_token"])["scope"] == "openid email"
    assert error(browser.token(**form)) == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"redirect_uri": "https://evil.example"}, "unauthorized_client"),
        ({"code": "other"}, "invalid_grant"),
        ({"code_verifier": "x"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_grant"),
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
    ],
)
def test_wrong_grants_are_refused(browser: Browser, changes: Any, expected: str) -> None:
    form = {"grant_type": "authorization_code", "code": browser.code(), "redirect_uri": REDIRECT, **changes}
    assert error(browser.token(**{name: value for name, value in form.items() if value})) == expected


def test_a_code_expires(browser: Browser) -> None:
    code = browser.code()
    browser.pool.clock.advance(300)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    assert error(browser.token(**form)) == "invalid_grant"


def test_a_code_belongs_to_its_app_client(browser: Browser) -> None:
    code = browser.code()
    other = browser.pool.add_client()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    response = browser.send("POST", "/oauth2/token", {**form, "client_id": other.id})
    assert error(response) == "invalid_grant"


def basic(text: str) -> str:
    return f"Basic {b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    ("header", "form"),
    [
        (None, {}),
        (None, {"client_id": "other"}),
        ("Basic ?", {}),
        ("Basic /w==", {}),
        (basic("other:x"), {}),
        (basic("CLIENT:wrong"), {}),
        (basic(f"CLIENT:{SECRET}"), {"client_id": "other"}),
        (basic(f"CLIENT:{SECRET}").replace("Basic", "Bearer"), {}),
        (None, {"client_id": "CLIENT", "client_secret": "wrong"}),
    ],
)
def test_app_clients_authenticate_themselves(header: str | None, form: Any) -> None:
    pool = FakeUserPool(client_id="CLIENT", client_secret=SECRET)
    headers = {} if header is None else {"Authorization": header}
    assert error(Browser(pool).send("POST", "/oauth2/token", form, **headers)) == "invalid_client"


def test_the_secret_may_be_in_the_body() -> None:
    pool = FakeUserPool(client_secret=SECRET)
    form = {"client_id": pool.client_id, "client_secret": SECRET}
    assert error(Browser(pool).send("POST", "/oauth2/token", form)) == "invalid_request"


def test_machines_get_the_scopes_of_resource_servers() -> None:
    pool = FakeUserPool(client_secret=SECRET)
    browser = Browser(pool)
    pool.app_client.oauth_flows = ["client_credentials"]
    assert error(browser.token(grant_type="client_credentials")) == "invalid_scope"  # there are none
    pool.app_client.scopes = ["openid", "orders/write", "orders/read"]
    body = json.loads(browser.token(grant_type="client_credentials").body)
    assert unverified_claims(body["access_token"])["scope"] == "orders/read orders/write"
    assert "aud" not in unverified_claims(body["access_token"])
    assert error(browser.token(grant_type="client_credentials", scope="openid")) == "invalid_scope"
    body = json.loads(browser.token(grant_type="client_credentials", scope="orders/write x/y openid").body)
    assert unverified_claims(body["access_token"])["scope"] == "orders/write"


def test_tokens_are_revoked(browser: Browser) -> None:
    form = {"grant_type": "authorization_code", "code": browser.code(), "redirect_uri": REDIRECT}
    tokens = json.loads(browser.token(**form).body)
    revoke = "/oauth2/revoke"
    assert error(browser.application(revoke, {})) == "invalid_request"
    assert error(browser.application(revoke, {"token": tokens["access_token"]})) == "unsupported_token_type"
    other = browser.pool.add_client()
    response = browser.send("POST", revoke, {"token": tokens["refresh_token"], "client_id": other.id})
    assert error(response) == "invalid_client"
    assert browser.application(revoke, {"token": tokens["refresh_token"]}).body == b""
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert error(browser.token(**form)) == "invalid_grant"


@pytest.mark.parametrize("header", [None, "Basic x", "Bearer x"])
def test_user_info_needs_an_access_token(browser: Browser, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    response = browser.send("GET", "/oauth2/userInfo", **headers)
    assert (response.status, error(response)) == (401, "invalid_token")
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


# Over HTTP


@pytest.fixture
def url(pool: FakeUserPool) -> Iterator[str]:
    with pool.serve() as url:
        yield url


async def test_the_server_has_the_endpoints(pool: FakeUserPool, url: str) -> None:
    assert pool.domain == url
    app = pool.app(endpoint_url=url, transport=None)
    async with app._app.client:
        domain = await discover(app)
        assert domain == url
        login = ManagedLogin(app, domain=domain, redirect_uri=REDIRECT, verifier=pool.verifier())
        request = login.authorize(scopes={"openid"})
        parts = urlsplit(request.url)
        connection = http.client.HTTPConnection(str(parts.hostname), int(parts.port or 0), timeout=10)
        connection.request("GET", f"{parts.path}?{parts.query}")
        page = connection.getresponse().read().decode()
        match = re.search('action="([^"]*)"', page)
        assert match is not None
        connection.request(
            "POST",
            unescape(match[1]),
            urlencode({"username": "ana", "password": "correct horse"}),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        response = connection.getresponse()
        connection.close()
        session = await login.redeem(str(response.headers["Location"]), request)
        assert session.username == "ana"
        assert (await login.user_info(session.tokens.access_token)).sub == pool.user("ana").sub
        await login.revoke(str(session.tokens.refresh_token))
