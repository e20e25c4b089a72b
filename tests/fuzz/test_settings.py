"""For any arguments, environment and shared files, a client works or raises a documented error."""

from __future__ import annotations

import asyncio
import inspect
import os
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cognito_async import CognitoClient, Config, Credentials
from cognito_async._http.connector import TrackingConnector
from cognito_async._http.tls import tls_context
from cognito_async.config._resolve import complete_config, resolve_config
from cognito_async.config._shared_files import read_profile
from cognito_async.credentials._resolve import resolve_provider
from cognito_async.errors import CognitoError, CredentialsError
from fuzz.malformed import CANARY, damaged
from support.transports import CREDENTIALS

ARGUMENTS = sorted(set(inspect.signature(CognitoClient).parameters) - {"credentials", "session", "transport"})
VARIABLES = sorted(
    {name for setting in attrs.fields(Config) for name in setting.metadata.get("variables", ())}
)
KEYS = sorted({setting.metadata["key"] for setting in attrs.fields(Config) if setting.metadata.get("key")})
URL_VARIABLES = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER")
CREDENTIAL_VARIABLES = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
CREDENTIAL_VARIABLES += ["AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION"]

VALID = ["eu-west-1", "standard", "adaptive", "legacy", "3", "true", "false", "/no/such/file", "2030-01-01"]
VALID += ["http://127.0.0.1:5000", "https://[::1]:8443/a?b=c", "https://a.example", "localhost", "*", "1e3"]
MALFORMED = ["", " ", "\0", "\n", "é", "\ud800", "\u0661", "9" * 5000, "a" * 5000, "..", "%", "~", "$HOME"]
MALFORMED += [
    "http://",
    "http://[",
    "http://[::1",
    "http://[v1.a]",
    "http://a:b",
    "http://a:99999",
    "https://\u2100",
]
# For settings that may contain a password, which must not appear in errors.
SECRETS = [
    f"http://{CANARY}@a.example",
    f"https://u:{CANARY}@[",
    f"u:{CANARY}@proxy:1",
    f"https://u:{CANARY}@p:1",
]
SECRETS += [f"http://u:{CANARY}\0@p", f"http:///{CANARY}@@", f"//{CANARY}@p", f"https://u:{CANARY}@é"]
TEXTS = st.sampled_from(VALID + MALFORMED) | st.text(max_size=20)
TEXTS |= damaged(st.sampled_from(VALID).map(str.encode)).map(lambda raw: raw.decode("latin-1"))
VALUES = TEXTS | st.none() | st.booleans() | st.integers() | st.floats() | st.binary(max_size=8)
VALUES |= st.sampled_from([10**5000, -(10**5000), 2**63, 1e308, (), ("a",), ("a", "b"), ("\0", "b"), [], {}])


def environment_text(text: str) -> str:
    """Return the part of a text that an environment can contain: no zero bytes, no surrogates."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def values_for(
    names: list[str], values: st.SearchStrategy[Any], secret: tuple[str, ...] = ()
) -> st.SearchStrategy[dict[str, Any]]:
    """Return values for some of the names; those of ``secret`` names may contain the canary."""
    plain = st.dictionaries(st.sampled_from(sorted({*names} - {*secret})), values, max_size=4)
    if not secret:
        return plain
    hidden = st.dictionaries(st.sampled_from(secret), st.sampled_from(SECRETS) | values, max_size=2)
    return st.builds(lambda one, other: one | other, plain, hidden)


def outcome(function: Any, *arguments: Any, **options: Any) -> Any:
    """Return the result of a function, or None after an expected error without secrets."""
    try:
        return function(*arguments, **options)
    except CognitoError as error:
        text = f"{error} {error!r}"
    assert CANARY not in text
    return None


# Arguments


@given(values_for(ARGUMENTS, VALUES, secret=("proxy", "endpoint_url")))
@example({"max_connections": 10**5000})
@example({"connect_timeout": 10**5000})
@example({"proxy": f"https://u:{CANARY}@["})
def test_every_argument_is_accepted_or_an_error(arguments: dict[str, Any]) -> None:
    client = outcome(CognitoClient, **arguments)
    if client is not None:
        text = f"{client.config} {client.config!r}"
        chosen = {"direct_http"} if "COGNITO_ASYNC_DIRECT_HTTP" in os.environ else set()  # of the whole suite
        assert client.config.sources.keys() <= arguments.keys() | chosen
        assert CANARY not in text


@given(VALUES, VALUES)
@example(10**5000, None)
@example(None, -(10**5000))
def test_every_option_of_a_view_is_accepted_or_an_error(timeout: Any, retries: Any) -> None:
    client = CognitoClient(region="eu-west-1", credentials=CREDENTIALS)
    view = outcome(client.with_options, timeout=timeout, retries=retries)
    assert view is None or view.config is client.config


@given(VALUES)
def test_values_of_other_types_are_rejected_as_credentials(value: Any) -> None:
    with pytest.raises(CredentialsError) if value is not None else pytest.raises(CognitoError):
        CognitoClient(region="eu-west-1", credentials=value if value is not None else 0)  # type: ignore[arg-type]


@given(values_for(["ca_bundle", "client_cert", "verify"], VALUES))
@example({"ca_bundle": "\0"})
@example({"ca_bundle": "\ud800"})
@example({"client_cert": ("\0", "\0")})
@example({"client_cert": "\ud800"})
def test_every_certificate_is_accepted_or_an_error(arguments: dict[str, Any]) -> None:
    config = outcome(resolve_config, arguments, {})
    if config is not None:
        outcome(tls_context, config)


# Environment


@given(values_for(VARIABLES, TEXTS, secret=URL_VARIABLES))
def test_every_variable_is_accepted_or_an_error(environment: dict[str, str]) -> None:
    config = outcome(resolve_config, {}, environment)
    if config is not None:
        assert set(config.sources.values()) <= environment.keys()


@given(values_for(CREDENTIAL_VARIABLES, TEXTS, secret=("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")))
@example({"AWS_CREDENTIAL_EXPIRATION": "soon"})
@example({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": CANARY + "\n"})
@example({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_CREDENTIAL_EXPIRATION": "0001-01-01"})
async def test_keys_in_variables_are_accepted_or_an_error(changes: dict[str, str]) -> None:
    environment = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": CANARY} | changes
    if not environment["AWS_ACCESS_KEY_ID"] and not environment["AWS_SECRET_ACCESS_KEY"]:
        return  # the credential chain would run
    provider = outcome(resolve_provider, None, None, environment)
    if provider is not None:
        (result,) = await asyncio.gather(provider(), return_exceptions=True)
        assert isinstance(result, Credentials | CredentialsError)
        assert CANARY not in f"{result} {result!r} {getattr(result, '__cause__', None)!r}"


# Shared files

LINES = st.one_of(
    st.sampled_from(
        ["default", "profile default", "profile work", 'profile "', "services s", "DEFAULT", "work", ""]
    ).map(lambda title: f"[{title}]"),
    st.tuples(
        st.sampled_from([*KEYS, "services", "cognito_identity_provider", "s3", "é"]),
        st.sampled_from("=:"),
        TEXTS,
    ).map(" ".join),
    st.tuples(st.sampled_from(KEYS), TEXTS).map(lambda pair: f"  {pair[0]} = {pair[1]}"),
    st.sampled_from(
        ["services = s", "services =", "  a = b", "cognito_identity_provider =", "; a", "#", "a", " = b"]
    ),
)
FILES = st.lists(LINES, max_size=8).map(lambda lines: "\n".join(lines).encode("utf-8", "surrogatepass"))
FILES |= damaged(FILES) | st.binary()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("aws")


@given(config=FILES, credentials=FILES, name=st.sampled_from([None, "default", "work"]) | TEXTS)
@example(config=b"[default]\nservices =\n  a = b\n", credentials=b"", name=None)
@example(
    config=b"[default]\nservices = s\n[services s]\ncognito_identity_provider = b\n",
    credentials=b"",
    name=None,
)
@example(config=b"[default]\n" + b"region = \xff\n", credentials=b"[default\n", name=None)
def test_every_shared_file_is_read_or_an_error(
    folder: Path, config: bytes, credentials: bytes, name: str | None
) -> None:
    (folder / "config").write_bytes(config)
    (folder / "credentials").write_bytes(credentials)
    files = {"AWS_CONFIG_FILE": folder / "config", "AWS_SHARED_CREDENTIALS_FILE": folder / "credentials"}
    environment = {variable: str(path) for variable, path in files.items()}
    profile = outcome(read_profile, name, environment)
    if profile is not None:
        assert all(isinstance(text, str) and text for text in profile.values())
        outcome(complete_config, Config(), profile, {})


@given(TEXTS, TEXTS)
def test_every_path_of_a_shared_file_is_read_or_an_error(config: str, credentials: str) -> None:
    environment = {"AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": credentials}
    outcome(read_profile, None, environment)


# From settings to a request


@given(
    arguments=values_for(
        ["region", "endpoint_url", "use_fips", "use_dualstack", "proxy", "app_id"], TEXTS, secret=("proxy",)
    ),
    variables=values_for(VARIABLES, TEXTS, secret=(*URL_VARIABLES, "HTTPS_PROXY", "http_proxy")),
)
@example(arguments={"endpoint_url": "https://a.example", "proxy": "https://["}, variables={})
@example(arguments={"endpoint_url": "http://[::1%25a]:1/"}, variables={})
@example(arguments={}, variables={"HTTPS_PROXY": f"u:{CANARY}@["})
async def test_every_accepted_setting_makes_a_request_or_raises_an_error(
    arguments: dict[str, Any], variables: dict[str, str]
) -> None:
    def refuse_connection(*_: Any, **__: Any) -> Any:
        raise ConnectionRefusedError

    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "AWS_REGION"):
            patch.delenv(name, raising=False)
            patch.delenv(name.lower(), raising=False)
        for name, value in variables.items():
            patch.setenv(name, environment_text(value))
        patch.setattr(TrackingConnector, "connect", refuse_connection)  # nothing is sent
        client = outcome(CognitoClient, **{"allow_http": True, "max_attempts": 1} | arguments)
        if client is None:
            return
        try:
            await client.get_user(access_token="token")
        except CognitoError as error:
            text = f"{error} {error!r} {error.__cause__!r} {client.config} {client.config!r}"
        await client.close()
        assert CANARY not in text
