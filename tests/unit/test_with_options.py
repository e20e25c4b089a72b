"""``CognitoClient.with_options``: views of a client with another timeout or number of retries."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async import CognitoClient
from cognito_async.errors import ConfigurationError


def test_a_view_has_its_own_timeout_and_number_of_retries() -> None:
    client = CognitoClient(region="eu-west-1")
    view = client.with_options(timeout=5, retries=0)
    assert view is not client
    assert type(view) is CognitoClient
    assert (view._options.timeout, view._options.max_attempts) == (5.0, 1)
    assert (client._options.timeout, client._options.max_attempts) == (None, None)
    assert view.config is client.config


def test_a_view_of_a_view_keeps_the_other_options() -> None:
    client = CognitoClient(region="eu-west-1").with_options(timeout=5).with_options(retries=4)
    assert (client._options.timeout, client._options.max_attempts) == (5.0, 5)
    assert client.with_options()._options == client._options


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": "5"},
        {"timeout": True},
        {"timeout": float("nan")},
        {"retries": -1},
        {"retries": 1.5},
        {"retries": True},
        {"retries": "1"},
        {"timeout": 5, "retries": -1},
    ],
)
def test_the_error_of_an_invalid_option_names_it(options: dict[str, Any]) -> None:
    client = CognitoClient(region="eu-west-1")
    with pytest.raises(ConfigurationError) as caught:
        client.with_options(**options)
    for name, value in options.items():
        assert f"{name}={value!r}" in str(caught.value)


def test_timeout_and_retries_are_the_only_options_and_keyword_only() -> None:
    with pytest.raises(TypeError):
        CognitoClient().with_options(5)  # type: ignore[misc]
    with pytest.raises(TypeError):
        CognitoClient().with_options(region="eu-west-1")  # type: ignore[call-arg]
