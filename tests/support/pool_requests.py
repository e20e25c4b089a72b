"""Requests to a fake user pool, member by member, and a sign-in that a test can vary."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cognito_async.sign_in import _srp, secret_hash
from cognito_async.sign_in._modpow import run
from cognito_async.testing import FakeAppClient, FakeClock, FakeUserPool
from cognito_async.transport import HTTPRequest

NOW = 1_800_000_000
SIGNATURE = "AWS4-HMAC-SHA256 Credential=testing"


class ServiceFaultError(Exception):
    """An error response."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def make_pool(users: Mapping[str, str] | None = None, **settings: Any) -> FakeUserPool:
    """Return a fake pool whose clock stands still, so that no test depends on the speed of the machine."""
    return FakeUserPool(users, **{"clock": FakeClock(NOW), **settings})


def call(pool: FakeUserPool, operation: str, *, signed: bool | None = None, **members: Any) -> dict[str, Any]:
    """Send the JSON of a request; operations of administrators are signed and get the pool's id."""
    admin = operation.startswith(("Admin", "Describe", "ListUsers"))
    if admin:
        members.setdefault("UserPoolId", pool.pool_id)
    return send(pool, operation, json.dumps(members).encode(), signed=admin if signed is None else signed)


def send(pool: FakeUserPool, operation: str, body: bytes, *, signed: bool = False) -> dict[str, Any]:
    """Send a body."""
    headers = {"X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}"}
    if signed:
        headers["Authorization"] = SIGNATURE
    response = pool._service.respond(HTTPRequest("POST", "http://pool/", headers, body), "/")
    answer = json.loads(response.body or b"{}")
    if response.status != 200:
        raise ServiceFaultError(answer["__type"], answer["message"])
    return answer


class SignIn:
    """A sign-in: adds what each step repeats, unless a test passes another value; None leaves it out."""

    def __init__(
        self,
        pool: FakeUserPool,
        name: str = "ana",
        password: str = "pw",
        *,
        client: FakeAppClient | None = None,
        admin: bool = False,
        device: Mapping[str, str] | None = None,
        **repeated: Any,
    ) -> None:
        self.pool, self.name, self.password = pool, name, password
        self.client = client or pool.app_client
        self.admin = admin
        self.device = device
        self.repeated = repeated
        self.answer: dict[str, Any] = {}
        self.exchange = _srp.Exchange()

    def _send(self, operation: str, key: str, values: Mapping[str, Any], members: Mapping[str, Any]) -> None:
        own = {"USERNAME": self.name}
        if self.device is not None:
            own["DEVICE_KEY"] = self.device["key"]
        merged = {**own, **values}
        if self.client.secret is not None and "SECRET_HASH" not in merged and merged["USERNAME"]:
            merged["SECRET_HASH"] = secret_hash(merged["USERNAME"], self.client.id, self.client.secret)
        merged = {name: value for name, value in merged.items() if value is not None}
        everything = {"ClientId": self.client.id, key: merged, **self.repeated, **members}
        everything = {name: value for name, value in everything.items() if value is not None}
        self.answer = call(self.pool, f"{'Admin' if self.admin else ''}{operation}", **everything)
        told = self.answer.get("ChallengeParameters", {})
        self.name = told.get("USERNAME") or told.get("USER_ID_FOR_SRP") or self.name

    def start(
        self, flow: str, /, members: Mapping[str, Any] | None = None, **parameters: Any
    ) -> dict[str, Any]:
        """Send InitiateAuth."""
        self._send("InitiateAuth", "AuthParameters", parameters, {"AuthFlow": flow, **(members or {})})
        return self.answer

    def respond(
        self, name: str | None = None, /, members: Mapping[str, Any] | None = None, **responses: Any
    ) -> dict[str, Any]:
        """Send RespondToAuthChallenge, by default to the last challenge."""
        common = {
            "ChallengeName": name or self.answer["ChallengeName"],
            "Session": self.answer.get("Session"),
            **(members or {}),
        }
        self._send("RespondToAuthChallenge", "ChallengeResponses", responses, common)
        return self.answer

    def public_value(self) -> str:
        """Return SRP_A of a new exchange."""
        self.exchange = _srp.Exchange()
        return run(self.exchange.public_value())

    def start_srp(self, flow: str = "USER_SRP_AUTH", **parameters: Any) -> dict[str, Any]:
        """Start with SRP_A."""
        return self.start(flow, **{"SRP_A": self.public_value(), **parameters})

    def proof(self, timestamp: str | None = None, **values: Any) -> dict[str, str]:
        """Return the answer to PASSWORD_VERIFIER or DEVICE_PASSWORD_VERIFIER."""
        told = self.answer["ChallengeParameters"]
        group, name, password = _srp.pool_name(self.pool.pool_id), told.get("USER_ID_FOR_SRP"), self.password
        if self.answer["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER":
            assert self.device is not None
            group, name, password = (self.device[each] for each in ("group_key", "key", "password"))
        moment = datetime.fromtimestamp(self.pool.clock.time(), UTC)
        timestamp = timestamp or _srp.timestamp(moment)
        signature = run(
            self.exchange.signature(
                group=group,
                name=name,
                password=password,
                salt=told["SALT"],
                srp_b=told["SRP_B"],
                secret_block=told["SECRET_BLOCK"],
                timestamp=timestamp,
            )
        )
        return {
            "PASSWORD_CLAIM_SECRET_BLOCK": told["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": signature,
            "TIMESTAMP": timestamp,
            **values,
        }

    def srp(self, flow: str = "USER_SRP_AUTH", **parameters: Any) -> dict[str, Any]:
        """Prove the password."""
        self.start_srp(flow, **parameters)
        return self.respond(**self.proof())

    def device_srp(self) -> dict[str, Any]:
        """Prove the device, after DEVICE_SRP_AUTH."""
        self.respond(SRP_A=self.public_value())
        return self.respond(**self.proof())

    @property
    def tokens(self) -> dict[str, Any]:
        """Return AuthenticationResult."""
        return self.answer["AuthenticationResult"]

    @property
    def access_token(self) -> str:
        """Return the access token."""
        return self.tokens["AccessToken"]

    def confirm_device(self, **members: Any) -> dict[str, Any]:
        """Confirm the new device of the tokens, and keep it for later sign-ins."""
        new = self.tokens["NewDeviceMetadata"]
        password = b64encode(b"device password").decode()
        device = {"key": new["DeviceKey"], "group_key": new["DeviceGroupKey"], "password": password}
        verifier, salt = run(_srp.device_verifier(device["group_key"], device["key"], password, 0xFFBC9E04))
        arguments = {
            "AccessToken": self.access_token,
            "DeviceKey": device["key"],
            "DeviceSecretVerifierConfig": {"PasswordVerifier": verifier, "Salt": salt},
            **members,
        }
        answer = call(self.pool, "ConfirmDevice", **arguments)
        self.device = device
        return answer


def signed_in(pool: FakeUserPool, name: str = "ana", password: str = "pw", **options: Any) -> SignIn:
    """Return a finished sign-in."""
    sign_in = SignIn(pool, name, password, **options)
    sign_in.start("USER_PASSWORD_AUTH", PASSWORD=password)
    assert "AuthenticationResult" in sign_in.answer, sign_in.answer
    return sign_in
