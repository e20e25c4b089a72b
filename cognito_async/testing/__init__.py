"""Test code that calls Cognito: a stub transport, and an emulator on this machine.

::

    async def test_greets_by_name() -> None:
        with StubTransport() as stub:
            stub.add(AdminGetUserResponse.from_wire({"Username": "ana"}))
            assert await greeting(stub.client(), "ana") == "Hello, ana!"

Requests are validated, signed, retried and decoded as usual; only the network is replaced. The package also
installs the pytest fixtures ``cognito_stub`` and ``cognito_emulator``.
"""

from cognito_async.testing._moto import MotoServer
from cognito_async.testing._stub import SentRequest, StubTransport

__all__ = ["MotoServer", "SentRequest", "StubTransport"]
