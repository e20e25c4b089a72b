"""The fake pool as a server, with clients that are not ours: boto3 and pycognito."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from pycognito.aws_srp import AWSSRP
from pycognito.exceptions import ForceChangePasswordException, SoftwareTokenMFAChallengeException

from cognito_async import CognitoClient
from cognito_async.sign_in import AppClient, SignedIn
from cognito_async.testing import FakeUserPool

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture(autouse=True)
def _without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


class Served:
    """A fake pool, its URL, and a client of boto3."""

    def __init__(self, pool: FakeUserPool, url: str) -> None:
        self.pool = pool
        self.url = url
        self.boto3 = boto3.client(
            "cognito-idp",
            region_name=pool.region,
            endpoint_url=url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    def srp(self, name: str = "ana", password: str = "pw", **options: Any) -> Any:
        """Return pycognito's sign-in."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # datetime.utcnow
            return AWSSRP(
                username=name,
                password=password,
                pool_id=self.pool.pool_id,
                client_id=self.pool.client_id,
                client_secret=self.pool.client_secret,
                client=self.boto3,
                **options,
            )


pytestmark = pytest.mark.filterwarnings("ignore:datetime:DeprecationWarning")


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    settings = getattr(request, "param", {})
    pool = FakeUserPool(**{"users": {"ana": "pw"}, "mfa": "optional", **settings})
    with pool.serve() as url:
        each = Served(pool, url)
        yield each
        each.boto3.close()


def get(url: str) -> Any:
    with DIRECT.open(url, timeout=10) as response:
        return json.load(response)


# pycognito


@pytest.mark.parametrize("served", [{}, {"client_secret": "client_secret_for_the_tests"}], indirect=True)
def test_pycognito_signs_in(served: Served) -> None:
    result = served.srp().authenticate_user()["AuthenticationResult"]
    assert served.boto3.get_user(AccessToken=result["AccessToken"])["Username"] == "ana"
    with pytest.raises(ClientError, match=r"NotAuthorizedException.*Incorrect username or password\."):
        served.srp(password="other").authenticate_user()


ALIAS = {"users": {"ana@example.com": "Pässwörd-日本"}, "username_attributes": ["email"]}


@pytest.mark.parametrize(
    "served", [ALIAS, {**ALIAS, "client_secret": "client_secret_for_the_tests"}], indirect=True
)
def test_pycognito_signs_in_with_an_alias(served: Served) -> None:
    result = served.srp("ana@example.com", "Pässwörd-日本").authenticate_user()["AuthenticationResult"]
    user = served.boto3.get_user(AccessToken=result["AccessToken"])
    assert user["Username"] == served.pool.user("ana@example.com").sub


@pytest.mark.parametrize("served", [{"client_secret": "client_secret_for_the_tests"}], indirect=True)
def test_pycognito_with_a_wrong_secret(served: Served) -> None:
    sign_in = served.srp()
    sign_in.client_secret = "wrong"
    with pytest.raises(ClientError, match="Unable to verify secret hash for client"):
        sign_in.authenticate_user()


@pytest.mark.parametrize("served", [{"strict": False}], indirect=True)
def test_pycognito_sets_a_new_password(served: Served) -> None:
    """It repeats the proof in the response, which a strict pool rejects."""
    served.pool.user("ana").status = "FORCE_CHANGE_PASSWORD"
    with pytest.raises(ForceChangePasswordException):
        served.srp().authenticate_user()
    assert "AuthenticationResult" in served.srp().set_new_password_challenge("new password")
    assert "AuthenticationResult" in served.srp(password="new password").authenticate_user()


def test_a_strict_pool_rejects_stale_parameters_of_pycognito(served: Served) -> None:
    served.pool.user("ana").status = "FORCE_CHANGE_PASSWORD"
    with pytest.raises(ClientError, match="strict: NEW_PASSWORD_REQUIRED has no parameter PASSWORD_CLAIM"):
        served.srp().set_new_password_challenge("new password")


def test_pycognito_is_asked_for_a_second_factor(served: Served) -> None:
    served.pool.user("ana").enable_mfa("totp")
    with pytest.raises(SoftwareTokenMFAChallengeException) as challenge:
        served.srp().authenticate_user()
    tokens = challenge.value.get_tokens()
    answer = served.boto3.respond_to_auth_challenge(
        ClientId=served.pool.client_id,
        ChallengeName="SOFTWARE_TOKEN_MFA",
        Session=tokens["Session"],
        ChallengeResponses={
            "USERNAME": "ana",
            "SOFTWARE_TOKEN_MFA_CODE": served.pool.user("ana").totp_code(),
        },
    )
    assert "AuthenticationResult" in answer


@pytest.mark.parametrize("served", [{"device_tracking": "always", "strict": False}], indirect=True)
def test_pycognito_signs_in_with_a_device(served: Served) -> None:
    """It sends no session with the steps of a device, which only a pool that is not strict accepts."""
    from pycognito.aws_srp import generate_hash_device

    first = served.srp().authenticate_user()["AuthenticationResult"]
    new = first["NewDeviceMetadata"]
    password, config = generate_hash_device(new["DeviceGroupKey"], new["DeviceKey"])
    served.boto3.confirm_device(
        AccessToken=first["AccessToken"], DeviceKey=new["DeviceKey"], DeviceSecretVerifierConfig=config
    )
    device = {
        "device_key": new["DeviceKey"],
        "device_group_key": new["DeviceGroupKey"],
        "device_password": password,
    }
    served.pool.user("ana").enable_mfa("totp")
    answer = served.srp(**device).authenticate_user()["AuthenticationResult"]
    assert "NewDeviceMetadata" not in answer
    with pytest.raises(ClientError, match="Incorrect username or password"):
        served.srp(**{**device, "device_password": "other"}).authenticate_user()


# The server


async def test_our_client_signs_in_over_http(served: Served) -> None:
    async with CognitoClient(region=served.pool.region, endpoint_url=served.url, proxy="") as client:
        app = AppClient(client, served.pool.pool_id, served.pool.client_id)
        assert isinstance(await app.sign_in("ana", "pw"), SignedIn)


def test_the_keys_are_served_and_counted(served: Served) -> None:
    issuer = f"{served.url}/{served.pool.pool_id}"
    assert served.pool.issuer == issuer
    assert get(f"{issuer}/.well-known/jwks.json") == served.pool.jwks()
    assert get(f"{issuer}/.well-known/jwks.json?x=1") == served.pool.jwks()
    assert served.pool.jwks_requests == 2
    with pytest.raises(urllib.error.HTTPError) as missing:
        get(f"{served.url}/other")
    assert missing.value.code == 404
    missing.value.close()


def test_administrators_by_boto3(served: Served) -> None:
    pool_id = served.pool.pool_id
    user = served.boto3.admin_get_user(UserPoolId=pool_id, Username="ana")
    assert user["UserStatus"] == "CONFIRMED"
    assert served.boto3.admin_delete_user(UserPoolId=pool_id, Username="ana")["ResponseMetadata"]
    assert served.boto3.list_users(UserPoolId=pool_id)["Users"] == []


def test_the_dates_are_those_of_the_clock(served: Served) -> None:
    served.pool.clock.advance(400 * 86400)
    user = served.boto3.admin_get_user(UserPoolId=served.pool.pool_id, Username="ana")
    date = user["ResponseMetadata"]["HTTPHeaders"]["date"]
    assert date.endswith("GMT")
    assert abs(int(date.split()[3]) - user["UserCreateDate"].year) >= 1


def test_it_listens_on_the_loopback_interface_and_stops() -> None:
    pool = FakeUserPool()
    default = pool.issuer
    with pool.serve() as url:
        host, port = url.removeprefix("http://").split(":")
        assert host == "127.0.0.1"
        request = f"GET /{pool.pool_id}/.well-known/jwks.json HTTP/1.1\r\n\r\n".encode()
        idle, half = (socket.create_connection((host, int(port))) for _ in range(2))
        for connection in (idle, half):
            connection.settimeout(10)
            connection.sendall(request)
            response = http.client.HTTPResponse(connection)
            response.begin()
            assert json.load(response) == pool.jwks()
        half.sendall(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf")
    for connection in (idle, half):
        with connection, suppress(ConnectionResetError):  # if the server has not read everything
            assert connection.recv(10) == b""
    assert pool.requests == []
    assert pool.issuer == default
    with pytest.raises(OSError, match=r".+"), socket.create_connection((host, int(port)), timeout=10):
        pass
    with pool.serve(int(port)) as again:
        assert again == url


def test_a_client_that_breaks_off(served: Served) -> None:
    port = int(served.url.rpartition(":")[2])
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # reset
    connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf")
    connection.close()
    assert get(f"{served.pool.issuer}/.well-known/jwks.json")


def test_a_malformed_content_length(served: Served) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 400"


def test_nothing_is_left_open_in_development_mode() -> None:
    code = """
import json, urllib.request
from cognito_async.testing import FakeUserPool

pool = FakeUserPool({"ana": "pw"})
with pool.serve() as url:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(f"{pool.issuer}/.well-known/jwks.json") as response:
        print(len(json.load(response)["keys"]))
"""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (result.stdout, result.stderr) == ("2\n", "")
