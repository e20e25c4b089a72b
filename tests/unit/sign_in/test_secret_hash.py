"""secret_hash: the vector, pycognito, and rejected arguments."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycognito.aws_srp import AWSSRP

from cognito_async.errors import InvalidRequestError
from cognito_async.sign_in._secret_hash import secret_hash

TEXT = st.text(min_size=1)
ARGUMENTS: dict[str, Any] = {
    "username": "ana@example.com",
    "client_id": "1example23456789",
    "client_secret": "9example87654321",
}


def test_the_hash_is_that_of_the_vector() -> None:
    assert secret_hash(**ARGUMENTS) == "48rjm19Ai/bU7UPHho46uw9g+anp92jOcAQ1DFZjefs="


@given(TEXT, TEXT, TEXT)
def test_the_hash_is_that_of_pycognito(username: str, client_id: str, client_secret: str) -> None:
    expected = AWSSRP.get_secret_hash(username, client_id, client_secret)
    assert secret_hash(username, client_id, client_secret) == expected


@pytest.mark.parametrize("name", ARGUMENTS)
@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (b"c4n4ry", "expected str, got bytes"),
        (None, "expected str, got NoneType"),
        ("", "expected text, got an empty string"),
        ("c4n4ry\ud800", "contains half of a surrogate pair"),
    ],
)
def test_an_argument_that_is_not_text_is_rejected(name: str, value: Any, problem: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        secret_hash(**ARGUMENTS | {name: value})
    assert str(raised.value) == f"secret_hash: {name}: {problem}"
    assert "c4n4ry" not in repr(raised.value)
