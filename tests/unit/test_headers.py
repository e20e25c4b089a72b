"""Headers of an answer: a mapping like the dict that it becomes when somebody wants one."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from cognito_async._headers import Headers

RECEIVED = CIMultiDictProxy(
    CIMultiDict([("X-Amzn-RequestId", "r-1"), ("Set-Cookie", "a=b"), ("Date", "now"), ("set-cookie", "c=d")])
)
HEADERS = Headers(RECEIVED)
AS_DICT = {"x-amzn-requestid": "r-1", "set-cookie": "a=b", "date": "now"}


@pytest.mark.parametrize("name", ["X-Amzn-RequestId", "x-amzn-requestid", "X-AMZN-REQUESTID"])
def test_a_header_is_found_in_any_spelling(name: str) -> None:
    assert HEADERS[name] == HEADERS.get(name) == "r-1"
    assert name in HEADERS


def test_a_header_that_was_not_sent_is_missing() -> None:
    assert HEADERS.get("x-amz-retry-after") is None
    assert HEADERS.get("x-amz-retry-after", "") == ""
    assert "x-amz-retry-after" not in HEADERS
    with pytest.raises(KeyError):
        HEADERS["x-amz-retry-after"]


def test_names_are_in_lower_case_and_each_is_there_once() -> None:
    assert list(HEADERS) == list(AS_DICT)
    assert len(HEADERS) == 3
    assert dict(HEADERS) == AS_DICT


def test_they_are_equal_to_the_dict_and_look_like_it() -> None:
    assert HEADERS == AS_DICT
    assert repr(HEADERS) == repr(AS_DICT)
    assert json.dumps(dict(HEADERS)) == json.dumps(AS_DICT)


@pytest.mark.parametrize("through", [pickle.dumps, copy.copy, copy.deepcopy])
def test_they_pickle_and_copy_as_the_dict(through) -> None:
    made = through(HEADERS)
    assert (pickle.loads(made) if isinstance(made, bytes) else made) == AS_DICT
