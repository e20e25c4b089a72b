"""Sends the steps of a sign-in, and answers the challenges that need no user: SRP of password and device."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

from attr import evolve

from cognito_async import types
from cognito_async._errors import InvalidResponseError
from cognito_async._model.record import Record, field, frozen
from cognito_async.client import CognitoClient
from cognito_async.errors import ResourceNotFoundException
from cognito_async.sign_in import _srp
from cognito_async.sign_in._deadline import Deadline
from cognito_async.sign_in._devices import Device
from cognito_async.sign_in._errors import with_refined_errors
from cognito_async.sign_in._refreshes import Refreshes
from cognito_async.sign_in._secret_hash import secret_hash
from cognito_async.sign_in._user_context import UserContext, context_data, user_context_data

Response: TypeAlias = (
    types.InitiateAuthResponse
    | types.AdminInitiateAuthResponse
    | types.RespondToAuthChallengeResponse
    | types.AdminRespondToAuthChallengeResponse
)


@frozen(kw_only=True)
class App(Record):
    """An app client of a pool, and the client that sends its requests."""

    client: CognitoClient
    user_pool_id: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    admin: bool = False
    monotonic: Callable[[], float] = field(default=time.monotonic, repr=False)
    now: Callable[[], float] = field(default=time.time, repr=False)
    refreshes: Refreshes = field(factory=Refreshes, repr=False, eq=False)

    @property
    def retries(self) -> bool:
        """Whether the client sends failed requests again."""
        client = self.client
        attempts = client._options.max_attempts or client.config.max_attempts  # noqa: SLF001  private to the package
        return client.config.retry_mode != "off" and attempts > 1

    @property
    def timeout(self) -> float | None:
        """Seconds of the client for a whole call."""
        own = self.client._options.timeout  # noqa: SLF001  private to the package
        return self.client.config.timeout if own is None else own

    def secret_hash(self, username: str) -> str | None:
        """Return the secret hash for a name; None if the app client has no secret."""
        if self.client_secret is None:
            return None
        return secret_hash(username, self.client_id, self.client_secret)


@frozen
class Proof(Record):
    """An SRP exchange whose public value was sent, and the password that it proves."""

    exchange: _srp.Exchange
    password: str = field(repr=False)


@frozen
class Challenge(Record):
    """A challenge for the user."""

    name: str
    parameters: Mapping[str, str] = field(repr=False)
    available: tuple[str, ...] = ()


@frozen
class Outcome(Record):
    """What a step led to: tokens, or a challenge for the user."""

    flow: Flow
    response: Response
    challenge: Challenge | None


@frozen(kw_only=True)
class Flow(Record):
    """What one sign-in knows between two requests."""

    app: App
    admin: bool
    username: str
    """Name as typed, and from the first challenge on the one that the service uses."""

    session: str | None = field(default=None, repr=False)
    device: Device | None = None
    context: UserContext | None = None
    client_metadata: Mapping[str, str] | None = field(default=None, repr=False)
    timeout: float | None = None
    restartable: bool = False
    """Whether the caller starts the whole sign-in again if the service does not accept the device."""

    device_asked: bool = False
    """Whether the service has asked for the proof of the device."""

    def deadline(self) -> Deadline:
        """Return the end of a method that starts now."""
        return Deadline(self.app.client, self.timeout)

    def _own_members(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """Return the members that every step has, then those of this one, which take precedence."""
        members = {"USERNAME": self.username}
        hashed = self.app.secret_hash(parameters.get("USERNAME", self.username))
        if hashed is not None:
            members["SECRET_HASH"] = hashed
        if self.device is not None:
            members["DEVICE_KEY"] = self.device.key
        return {**members, **parameters}

    def _common(self) -> dict[str, Any]:
        """Return the parameters of each request besides the step itself."""
        common: dict[str, Any] = {"client_id": self.app.client_id}
        if self.client_metadata is not None:
            common["client_metadata"] = self.client_metadata
        if self.admin:
            common["user_pool_id"] = self.app.user_pool_id
        if self.context is not None:
            if self.admin:
                common["context_data"] = context_data(self.context)
            else:
                common["user_context_data"] = user_context_data(self.context)
        return common

    def device_unknown(self, error: ResourceNotFoundException) -> bool:
        """Return whether the service has forgotten the device, and not the pool or the app client."""
        return self.device is not None and "device" in error.message.lower()

    async def start(
        self, auth_flow: str, parameters: Mapping[str, str], *, proof: Proof | None, deadline: Deadline
    ) -> Outcome:
        """Start the sign-in."""
        client = deadline.client()
        call = client.admin_initiate_auth if self.admin else client.initiate_auth
        arguments: dict[str, Any] = {
            **self._common(),
            "auth_flow": auth_flow,
            "auth_parameters": self._own_members(parameters),
        }
        if self.session is not None:
            arguments["session"] = self.session
        response: Response = await with_refined_errors(call(**arguments))
        return await self._advance(response, proof, deadline)

    async def respond(
        self,
        challenge: str,
        responses: Mapping[str, str],
        *,
        proof: Proof | None = None,
        deadline: Deadline | None = None,
    ) -> Outcome:
        """Answer a challenge; without the device if the service has forgotten it."""
        deadline = deadline or self.deadline()
        flow = self
        try:
            response = await self._send(challenge, responses, deadline)
        except ResourceNotFoundException as error:
            if self.restartable or "DEVICE_KEY" in responses or not self.device_unknown(error):
                raise
            flow = evolve(self, device=None)
            response = await flow._send(challenge, responses, deadline)  # noqa: SLF001  as below
        return await flow._advance(response, proof, deadline)  # noqa: SLF001  an object of the same class

    async def _send(self, challenge: str, responses: Mapping[str, str], deadline: Deadline) -> Response:
        client = deadline.client()
        call = client.admin_respond_to_auth_challenge if self.admin else client.respond_to_auth_challenge
        arguments: dict[str, Any] = {
            **self._common(),
            "challenge_name": challenge,
            "challenge_responses": self._own_members(responses),
        }
        if self.session is not None:
            arguments["session"] = self.session
        return await with_refined_errors(call(**arguments), challenge)

    async def _advance(self, response: Response, proof: Proof | None, deadline: Deadline) -> Outcome:
        """Answer challenges until the user is needed or there are tokens."""
        if response.authentication_result is not None:
            return Outcome(self, response, None)
        name = response.challenge_name
        if name is None:
            raise unusable(response, "there are neither tokens nor a challenge")
        parameters = response.challenge_parameters or {}
        username = parameters.get("USERNAME") or parameters.get("USER_ID_FOR_SRP") or self.username
        flow = evolve(self, session=response.session, username=username)
        if name == "PASSWORD_VERIFIER" and proof is not None:
            group, identity = _srp.pool_name(self.app.user_pool_id), parameters.get("USER_ID_FOR_SRP")
            answer = await _prove(response, proof, deadline, group, identity or username)
            return await flow.respond(name, answer, deadline=deadline)
        if name == "DEVICE_SRP_AUTH" and self.device is not None:
            if self.device_asked:
                raise unusable(response, "it asks for the proof of the device again")
            flow = evolve(flow, device_asked=True)
            device_proof = Proof(_srp.Exchange(), self.device.password)
            public = await deadline.run(device_proof.exchange.public_value())
            key = self.device.key
            answer = {"SRP_A": public, "DEVICE_KEY": key}
            return await flow.respond(name, answer, proof=device_proof, deadline=deadline)
        if name == "DEVICE_PASSWORD_VERIFIER" and self.device is not None and proof is not None:
            answer = await _prove(response, proof, deadline, self.device.group_key, self.device.key)
            answer["DEVICE_KEY"] = self.device.key
            return await flow.respond(name, answer, deadline=deadline)
        available = tuple(map(str, response.available_challenges or ()))
        flow = evolve(flow, restartable=False)
        return Outcome(flow, response, Challenge(name, parameters, available))


async def new_proof(password: str, deadline: Deadline) -> tuple[Proof, str]:
    """Return an SRP exchange with a new secret, and its public value."""
    exchange = _srp.Exchange()
    public = await deadline.run(exchange.public_value(), low_priority=True)
    return Proof(exchange, password), public


async def _prove(
    response: Response, proof: Proof, deadline: Deadline, group: str, name: str
) -> dict[str, str]:
    """Return the answer that proves knowledge of a password."""
    parameters = response.challenge_parameters or {}
    secret_block, timestamp = parameters.get("SECRET_BLOCK", ""), _srp.timestamp(_service_time(response))
    try:
        signature = await deadline.run(
            proof.exchange.signature(
                group=group,
                name=name,
                password=proof.password,
                salt=parameters.get("SALT", ""),
                srp_b=parameters.get("SRP_B", ""),
                secret_block=secret_block,
                timestamp=timestamp,
            )
        )
    except ValueError as error:
        raise unusable(response, str(error)) from None
    return {
        "PASSWORD_CLAIM_SECRET_BLOCK": secret_block,
        "PASSWORD_CLAIM_SIGNATURE": signature,
        "TIMESTAMP": timestamp,
    }


def _service_time(response: Response) -> datetime:
    """Return the time of the service, from the response that the proof answers; else that of this machine."""
    try:
        return parsedate_to_datetime(response.response_metadata.headers.get("date", ""))
    except ValueError:
        return datetime.now(UTC)


def unusable(response: Response, reason: str) -> InvalidResponseError:
    """Return the error for a response that does not follow the protocol."""
    operation = type(response).__name__.removesuffix("Response")
    return InvalidResponseError.from_metadata(
        reason, operation=operation, metadata=response.response_metadata
    )
