"""Response headers: a mapping that behaves like the dict it is converted to on demand."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from cognito_async._http.headers import Headers, date_of

RECEIVED = CIMultiDictProxy(
    CIMultiDict([("X-Amzn-RequestId", "r-1"), ("Set-Cookie", "a=b"), ("Date", "now"), ("set-cookie", "c=d")])
)
HEADERS = Headers(RECEIVED)
AS_DICT = {"x-amzn-requestid": "r-1", "set-cookie": "a=b", "date": "now"}


def through_pickle(headers: Headers) -> Any:
    return pickle.loads(pickle.dumps(headers))


@pytest.mark.parametrize("name", ["X-Amzn-RequestId", "x-amzn-requestid", "X-AMZN-REQUESTID"])
def test_lookup_ignores_case(name: str) -> None:
    assert HEADERS[name] == HEADERS.get(name) == "r-1"
    assert name in HEADERS


def test_lookup_of_a_missing_header() -> None:
    assert HEADERS.get("x-amz-retry-after") is None
    assert HEADERS.get("x-amz-retry-after", "") == ""
    assert "x-amz-retry-after" not in HEADERS
    with pytest.raises(KeyError):
        HEADERS["x-amz-retry-after"]


def test_iteration_yields_each_name_once_in_lower_case() -> None:
    assert list(HEADERS) == list(AS_DICT)
    assert len(HEADERS) == 3
    assert dict(HEADERS) == AS_DICT


def test_headers_equal_the_dict_and_have_its_repr() -> None:
    assert HEADERS == AS_DICT
    assert repr(HEADERS) == repr(AS_DICT)
    assert json.dumps(dict(HEADERS)) == json.dumps(AS_DICT)


@pytest.mark.parametrize("copy_of", [through_pickle, copy.copy, copy.deepcopy])
def test_headers_pickle_and_copy_as_a_dict(copy_of: Callable[[Headers], Any]) -> None:
    copied = copy_of(HEADERS)
    assert type(copied) is dict
    assert copied == AS_DICT


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"date": "Thu, 01 Jan 1970 00:01:00 GMT"}, 60.0),
        ({"date": "yesterday"}, None),
        ({"date": ""}, None),
        ({}, None),
    ],
)
def test_date_of_a_response(headers: dict[str, str], expected: float | None) -> None:
    assert date_of(headers) == expected
