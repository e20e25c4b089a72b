"""Test code that calls Cognito: a stub transport, a fake user pool, and an emulator on this machine.

::

    async def test_greets_by_name() -> None:
        with StubTransport() as stub:
            stub.add(AdminGetUserResponse.from_wire({"Username": "ana"}))
            assert await greeting(stub.client(), "ana") == "Hello, ana!"

Requests are validated, signed, retried and decoded as usual; only the network is replaced.
``FakeUserPool`` is a user pool for tests of sign-in: it verifies passwords, codes, devices and tokens. The
package also installs the pytest fixtures ``cognito_stub``, ``cognito_user_pool`` and ``cognito_emulator``.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cognito_async.testing._fake_pool.clients import FakeAppClient as FakeAppClient
    from cognito_async.testing._fake_pool.clock import FakeClock as FakeClock
    from cognito_async.testing._fake_pool.device import FakeDevice as FakeDevice
    from cognito_async.testing._fake_pool.passkey import FakePasskey as FakePasskey
    from cognito_async.testing._fake_pool.pool import FakeUserPool as FakeUserPool
    from cognito_async.testing._fake_pool.requests import ReceivedRequest as ReceivedRequest
    from cognito_async.testing._fake_pool.users import FakeMessage as FakeMessage
    from cognito_async.testing._fake_pool.users import FakeUser as FakeUser
    from cognito_async.testing._moto import MotoServer as MotoServer
    from cognito_async.testing._stub import SentRequest as SentRequest
    from cognito_async.testing._stub import StubTransport as StubTransport
else:  # hidden from type checkers: with __getattr__ they accept any name
    from cognito_async._lazy import lazy_names

    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "_fake_pool.clients": ("FakeAppClient",),
            "_fake_pool.clock": ("FakeClock",),
            "_fake_pool.device": ("FakeDevice",),
            "_fake_pool.passkey": ("FakePasskey",),
            "_fake_pool.pool": ("FakeUserPool",),
            "_fake_pool.requests": ("ReceivedRequest",),
            "_fake_pool.users": ("FakeUser", "FakeMessage"),
            "_moto": ("MotoServer",),
            "_stub": ("SentRequest", "StubTransport"),
        },
    )
