"""Every operation through the stub of the testing kit, on generated values: what goes in, comes out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import EXAMPLES, answers, operation_names, requests

from cognito_async import types
from cognito_async._codec.codec import decode
from cognito_async.errors import TransportError
from cognito_async.testing import StubTransport


@pytest.mark.parametrize("name", operation_names())
@EXAMPLES
@given(data=st.data())
async def test_request_and_response_are_the_same_on_both_sides(name: str, data: Any) -> None:
    request = getattr(types, f"{name}Request").from_wire(data.draw(requests(name)))
    response = decode(request.operation.response, data.draw(answers(name)))
    with StubTransport() as stub:
        stub.add(response, to=request)
        stub.add(TransportError("no network"), to=type(request))
        client = stub.client()
        assert await client.send(request) == response
        with pytest.raises(TransportError, match="no network"):
            await client.send(request)
    assert stub.requests == [request, request]
    assert [sent.signed for sent in stub.sent] == [request.operation.signed] * 2
