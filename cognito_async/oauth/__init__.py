"""Managed login and machine-to-machine tokens: the OAuth 2.0 endpoints of a user pool domain.

::

    redirect_uri = "https://example.com/callback"
    login = ManagedLogin(app, domain="auth.example.com", redirect_uri=redirect_uri, verifier=verifier)
    request = login.authorize(scopes={"openid", "email"})  # redirect the browser to request.url
    session = await login.redeem(callback_url, request)

    m2m = ClientCredentials(app, domain="auth.example.com", scopes={"orders/read"})
    headers = {"Authorization": f"Bearer {await m2m.token()}"}
"""

from cognito_async.oauth._authorization import AuthorizationRequest
from cognito_async.oauth._client_credentials import ClientCredentials
from cognito_async.oauth._domains import discover
from cognito_async.oauth._errors import CallbackError, OAuthError, StateMismatchError
from cognito_async.oauth._managed_login import IdTokenVerifier, ManagedLogin
from cognito_async.oauth._user_info import UserInfo

__all__ = [
    "AuthorizationRequest",
    "CallbackError",
    "ClientCredentials",
    "IdTokenVerifier",
    "ManagedLogin",
    "OAuthError",
    "StateMismatchError",
    "UserInfo",
    "discover",
]

for _name in __all__:
    if _name.endswith("Error"):  # tracebacks and pickles name the module that users import from
        globals()[_name].__module__ = __name__
