"""Starts a sign-in, and starts it again if that can help."""

from __future__ import annotations

from collections.abc import Mapping

from attr import evolve

from cognito_async._errors import InvalidRequestError, ServiceError, TransportError
from cognito_async.config import _validators
from cognito_async.errors import ResourceNotFoundException
from cognito_async.sign_in import _inputs
from cognito_async.sign_in._challenges import SignInStep, next_step
from cognito_async.sign_in._devices import Device
from cognito_async.sign_in._errors import DeviceRefusedError, response_lost
from cognito_async.sign_in._flow import App, Flow, new_proof
from cognito_async.sign_in._user_context import UserContext


def flow_for(
    app: App,
    where: str,
    username: str,
    *,
    device: Device | None,
    context: UserContext | None,
    metadata: Mapping[str, str] | None,
    timeout: float | None,
    session: str | None = None,
) -> Flow:
    """Return the start of a sign-in; check what all of them have in common.

    Raises:
        InvalidRequestError: A value is of the wrong form.
    """
    _inputs.checked_text(where, "username", username)
    if device is not None:
        _inputs.checked_type(where, "device", device, Device)
    if context is not None:
        _inputs.checked_type(where, "context", context, UserContext)
    if timeout is not None:
        try:
            timeout = _validators.seconds(timeout)
        except ValueError as error:
            raise InvalidRequestError(where, [f"timeout: expected {error}"]) from None
    if metadata is not None:
        metadata = _inputs.checked_texts(where, "client_metadata", metadata)
    return Flow(
        app=app,
        admin=app.admin,
        username=username,
        session=session,
        device=device,
        context=context,
        client_metadata=metadata,
        timeout=timeout,
    )


async def start(
    flow: Flow, auth_flow: str, parameters: Mapping[str, str], *, srp_password: str | None = None
) -> SignInStep:
    """Start a sign-in, and go on until the user is needed.

    It starts over once without a device that the service does not accept. An SRP exchange cannot be repeated:
    if the response to a proof is lost, it starts over once with a new secret, unless the client does not
    retry. Other requests are repeated by the client itself.
    """
    deadline = flow.deadline()
    flow = evolve(flow, restartable=True)
    may_repeat = srp_password is not None and flow.app.retries
    while True:
        proof, sent = None, parameters
        if srp_password is not None:
            proof, public = await new_proof(srp_password, deadline)
            sent = {"SRP_A": public, **parameters}
        try:
            return next_step(await flow.start(auth_flow, sent, proof=proof, deadline=deadline))
        except ResourceNotFoundException as error:
            if not flow.device_unknown(error):
                raise
            flow = evolve(flow, device=None)
        except DeviceRefusedError:
            flow = evolve(flow, device=None)
        except (TransportError, ServiceError) as error:
            is_answer = error.operation.endswith("RespondToAuthChallenge")
            if not (may_repeat and is_answer and response_lost(error)):
                raise
            may_repeat = False
