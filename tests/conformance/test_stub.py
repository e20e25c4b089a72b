"""Every operation through ``StubTransport``, with generated requests and responses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async import types
from cognito_async._codec.codec import decode
from cognito_async.errors import TransportError
from cognito_async.testing import StubTransport
from support.strategies import EXAMPLES, operation_names, requests, response_bodies


@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
async def test_the_stub_receives_the_request_and_the_client_the_response(name: str, data: Any) -> None:
    request = getattr(types, f"{name}Request").from_wire(data.draw(requests(name)))
    response = decode(request.operation.response, data.draw(response_bodies(name)))
    with StubTransport() as stub:
        stub.add(response, to=request)
        stub.add(TransportError("no network"), to=type(request))
        client = stub.client()
        assert await client.send(request) == response
        with pytest.raises(TransportError, match="no network"):
            await client.send(request)
    assert stub.requests == [request, request]
    assert [sent.signed for sent in stub.sent] == [request.operation.signed] * 2
