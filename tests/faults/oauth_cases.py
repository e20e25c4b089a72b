"""Causes of every error of ``cognito_async.oauth``, added to those of ``error_cases`` and ``sign_in_cases``."""

from __future__ import annotations

import asyncio
from typing import Any

from cognito_async import oauth
from cognito_async.oauth import AuthorizationRequest, ClientCredentials, ManagedLogin, discover
from cognito_async.sign_in import AppClient
from cognito_async.transport import HTTPResponse
from faults.error_cases import add_case
from faults.sign_in_cases import ERROR_CASES, POOL, SECRET, app_client
from support.transports import FakeClock, ScriptedTransport, client_with, http_response

DOMAINS = "User pool domains"
LOGIN = "Managed login"
CALLBACK = "Callbacks of managed login"
TOKEN = "Token endpoint"
MACHINES = "Machine-to-machine tokens"
REDIRECT = "https://app.example/callback"


class Verifier:
    """Accepts any ID token."""

    async def id(self, token: str, *, nonce: str | None = None) -> None: ...


def login(
    *responses: Any,
    domain: Any = "my-app",
    redirect_uri: Any = REDIRECT,
    verifier: Any = None,
    **options: Any,
) -> ManagedLogin:
    app = app_client(*responses, **options)
    return ManagedLogin(app, domain=domain, redirect_uri=redirect_uri, verifier=verifier or Verifier())


def prefix_domain(pool: str) -> Any:
    return login(pool=pool)


def authorize(**arguments: Any) -> Any:
    return login().authorize(**arguments)


def redeem(*responses: Any, scopes: Any = None, **settings: Any) -> Any:
    own = login(*responses, **settings)
    request = own.authorize(scopes=scopes)
    return own.redeem(f"{REDIRECT}?code={SECRET}-{SECRET}&state={request.state}", request)


class SlowVerifier:
    """Never gets its keys."""

    async def id(self, token: str, *, nonce: str | None = None) -> None:
        await asyncio.Event().wait()


async def redeem_slowly() -> None:
    client = client_with(ScriptedTransport(with_tokens(id_token=SECRET)), timeout=0.05, retry_mode="off")
    await client._pipeline.prepare()
    app = AppClient(client, POOL, "client1")
    own = ManagedLogin(app, domain="my-app", redirect_uri=REDIRECT, verifier=SlowVerifier())
    request = own.authorize()
    await own.redeem(f"{REDIRECT}?code=1&state={request.state}", request)


def url_of_restored() -> str:
    return AuthorizationRequest.from_state(login().authorize().to_state()).url


def call_back(query: str, base: str = REDIRECT) -> Any:
    own = login()
    request = own.authorize()
    return own.redeem(f"{base}?{query.replace('STATE', request.state)}", request)


def redeem_of_another() -> Any:
    return login().redeem(REDIRECT, login(redirect_uri=f"{REDIRECT}2").authorize())


def redeem_bytes() -> Any:
    own = login()
    return own.redeem(REDIRECT.encode(), own.authorize())  # type: ignore[arg-type]


def refused(error: str, status: int = 400, description: str = "") -> Any:
    return http_response(status, {"error": error, "error_description": description})


def html(status: int) -> HTTPResponse:
    return HTTPResponse(status, {"content-type": "text/html"}, b"<html>blocked</html>")


def machine(
    *responses: Any, secret: str | None = SECRET * 4, client_id: str = "client1", **arguments: Any
) -> ClientCredentials:
    client = client_with(ScriptedTransport(*responses), FakeClock(), retry_mode="off")
    return ClientCredentials(AppClient(client, POOL, client_id, secret), domain="my-app", **arguments)


def machine_token(*responses: Any, **arguments: Any) -> Any:
    return machine(*responses, **arguments).token()


def discovered(**document: Any) -> Any:
    return discover(app_client(http_response(body=document)))


ISSUER = f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL}"
TOKENS = {"access_token": SECRET, "token_type": "Bearer", "expires_in": 3600}


def with_tokens(**changes: Any) -> Any:
    return http_response(body={**TOKENS, **changes})


add_case(DOMAINS, "no text", login, domain=None)
add_case(DOMAINS, "a URL with a path", login, domain="https://auth.example.com/login")
add_case(DOMAINS, "this machine without a port", login, domain="localhost")
add_case(DOMAINS, "a port that does not exist", login, domain="https://auth.example.com:99999")
add_case(DOMAINS, "an id with a colon", machine, client_id="a:b")
add_case(DOMAINS, "http to another machine", login, domain="http://auth.example.com")
add_case(
    DOMAINS, "a prefix in a partition whose domains are not public", prefix_domain, "us-iso-east-1_AbC123"
)
add_case(DOMAINS, "something else as the app client", ManagedLogin, None, domain="my-app", redirect_uri=REDIRECT, verifier=None)  # fmt: skip
add_case(DOMAINS, "the document of another pool", discovered, issuer="https://example.com/eu-west-1_Other")
add_case(DOMAINS, "a pool without a domain", discovered, issuer=ISSUER)
add_case(DOMAINS, "a token endpoint at another path", discovered, issuer=ISSUER, token_endpoint="https://a/b")
add_case(DOMAINS, "a token endpoint without a scheme", discovered, issuer=ISSUER, token_endpoint="a/oauth2/token")  # fmt: skip

add_case(LOGIN, "a redirect URI with http", login, redirect_uri="http://app.example/callback")
add_case(LOGIN, "a redirect URI with half an address", login, redirect_uri="https://[::1/callback")
add_case(LOGIN, "a redirect URI with a user", login, redirect_uri="https://ana@app.example/callback")
add_case(LOGIN, "a redirect URI with #", login, redirect_uri="https://app.example/#callback")
add_case(LOGIN, "something else as the verifier", login, verifier=3)
add_case(LOGIN, "scopes as one text", authorize, scopes="openid email")
add_case(LOGIN, "a scope with a blank", authorize, scopes=["openid email"])
add_case(LOGIN, "no scopes", authorize, scopes=[])
add_case(LOGIN, "a parameter with an argument of its own", authorize, parameters={"prompt": "login"})
add_case(LOGIN, "the URL of a restored request", url_of_restored)
add_case(LOGIN, "a verifier that gets no keys", redeem_slowly)
add_case(LOGIN, "an empty provider", authorize, provider="")
add_case(LOGIN, "a resource without a scheme", authorize, resource="api.example.com")
add_case(LOGIN, "a list of parameters", authorize, parameters=["a"])
add_case(LOGIN, "a number as a parameter", authorize, parameters={"max_age": 3})
add_case(LOGIN, "a state of the caller", authorize, parameters={"state": SECRET})
add_case(LOGIN, "a logout URL without a scheme", login().logout_url, to="/bye")
add_case(LOGIN, "an access token with a blank", login().user_info, f"{SECRET} {SECRET}")
add_case(LOGIN, "the state of something else", AuthorizationRequest.from_state, "eyJ2IjogMn0")
add_case(LOGIN, "user info without sub", login(http_response()).user_info, SECRET)
add_case(LOGIN, "user info of another user", login(http_response(body={"sub": "a"})).user_info, SECRET, sub="b")  # fmt: skip
add_case(LOGIN, "an access token without openid", login(refused("invalid_token", 401)).user_info, SECRET)

add_case(CALLBACK, "bytes", redeem_bytes)
add_case(CALLBACK, "another URL", call_back, "code=1", base="http://internal/callback")
add_case(CALLBACK, "a redirect URI whose query is missing", call_back, "code=1", base=f"{REDIRECT}/")
add_case(CALLBACK, "too many parameters", call_back, "a=b&" * 60)
add_case(CALLBACK, "two states", call_back, "state=a&state=b")
add_case(CALLBACK, "another parameter twice", call_back, f"{SECRET}=1&{SECRET}=2")
add_case(CALLBACK, "no state", call_back, f"code={SECRET}")
add_case(CALLBACK, "an error without a state", call_back, f"error={SECRET}&error_description={SECRET}")
add_case(CALLBACK, "an error that is no code", call_back, f'error="{SECRET}"&state=STATE')
add_case(CALLBACK, "a code with a line break", call_back, f"code={SECRET}%0A&state=STATE")
add_case(CALLBACK, "another state", call_back, f"code={SECRET}&state={SECRET}")
add_case(CALLBACK, "no code", call_back, "state=STATE")
add_case(CALLBACK, "a user who cancels", call_back, "error=access_denied&error_description=User+cancelled&state=STATE")  # fmt: skip
add_case(CALLBACK, "prompt=none without a session", call_back, "error=login_required&state=STATE")
add_case(CALLBACK, "the request of another redirect URI", redeem_of_another)

for code in (
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "unknown_thing",
):
    add_case(TOKEN, code, redeem, refused(code))
add_case(TOKEN, "a description that repeats the code", redeem, refused("invalid_grant", description=f"no {SECRET}-{SECRET}"))  # fmt: skip
add_case(TOKEN, "throttling", redeem, refused("", 429))
add_case(TOKEN, "AWS WAF", redeem, html(403))
add_case(TOKEN, "a redirect", redeem, html(302))
add_case(TOKEN, "another web server", redeem, html(404))
add_case(TOKEN, "an empty response", redeem, HTTPResponse(400, {}, b""))
add_case(TOKEN, "an unknown status", redeem, html(599))
add_case(TOKEN, "a page with status 200", redeem, html(200))
add_case(TOKEN, "no access token", redeem, http_response(body={"expires_in": 3600}))
add_case(TOKEN, "a token of another type", redeem, with_tokens(token_type="mac"))
add_case(TOKEN, "a lifetime as text", redeem, with_tokens(expires_in="3600"))
add_case(TOKEN, "a token with a line break", redeem, with_tokens(id_token=f"{SECRET}\n"))
add_case(TOKEN, "no ID token", redeem, with_tokens(), scopes=["openid"])
add_case(TOKEN, "the ID token of another app client", redeem, with_tokens(id_token=SECRET))

add_case(MACHINES, "an app client without a secret", machine, secret=None)
add_case(MACHINES, "scopes as one text", machine, scopes="orders/read")
add_case(MACHINES, "no scopes", machine, scopes=[])
add_case(
    MACHINES,
    "a token that is not bound",
    machine_token,
    with_tokens(access_token="a.b.c"),
    resource="https://a",
)
add_case(MACHINES, "a scope that is not allowed", machine_token, refused("invalid_scope"))

__all__ = ["ERROR_CASES", "EXCEPTIONS"]
EXCEPTIONS = {name for name in oauth.__all__ if name.endswith("Error")}
