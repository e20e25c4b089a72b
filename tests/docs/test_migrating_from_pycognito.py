"""The page for users of pycognito: both sides sign in to the same pool and print the same."""

from __future__ import annotations

import asyncio
import functools
import inspect
import re
from collections.abc import Iterator
from typing import Any

import attrs
import pycognito
import pytest
from docs.guide_examples import blocks
from docs.guide_tables import page

from cognito_async import sign_in
from cognito_async.client import CognitoClient
from cognito_async.sign_in import AppClient, SignedIn
from cognito_async.testing import FakeUserPool

# pycognito uses a function of datetime that Python 3.12 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:.*utcnow:DeprecationWarning")
PAGE = "migrating-from-pycognito"
PASSWORD = "Correct-Horse-7"
SECRET = "clientsecretofthefakepool"


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeUserPool]:
    """Return a pool that clients of both packages find."""
    pool = FakeUserPool(client_secret=SECRET, mfa="optional", strict=False)
    pool.add_user("ana", PASSWORD, email="ana@example.com")
    pool.add_user("ben", PASSWORD, mfa=["totp"])
    with pool.serve() as url:
        for name, value in (("AWS_ENDPOINT_URL", url), ("AWS_REGION", pool.region)):
            monkeypatch.setenv(name, value)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "fake")
        at_url = functools.partial(pycognito.Cognito, boto3_client_kwargs={"endpoint_url": url})
        monkeypatch.setattr(pycognito, "Cognito", at_url)
        yield pool


def test_both_sides_print_the_same(pool: FakeUserPool, capsys: pytest.CaptureFixture[str]) -> None:
    values = {"pool_id": pool.pool_id, "client_id": pool.client_id, "secret": SECRET, "password": PASSWORD}
    exec(compile(blocks(PAGE, "py")[0], "pycognito", "exec"), dict(values))
    expected = capsys.readouterr().out
    names: dict[str, Any] = {}
    exec(compile(blocks(PAGE, "python")[0], "ours", "exec"), names)
    asyncio.run(names["main"](**values))
    assert capsys.readouterr().out == expected == "ana@example.com\n"


def test_both_sides_sign_in_with_an_authenticator_app(pool: FakeUserPool) -> None:
    user = pycognito.Cognito(pool.pool_id, pool.client_id, username="ben", client_secret=SECRET)
    ben = pool.user("ben")
    values = {"user": user, "password": PASSWORD, "code": ben.totp_code()}
    exec(compile(blocks(PAGE, "py")[1], "pycognito", "exec"), values)
    assert user.access_token
    pool.clock.advance(30)
    names: dict[str, Any] = {}
    exec(compile(blocks(PAGE, "python")[1], "ours", "exec"), names)
    step = asyncio.run(names["with_totp"](pool.app(), "ben", PASSWORD, ben.totp_code()))
    assert isinstance(step, SignedIn)


def test_methods_named_on_the_page_exist() -> None:
    text = page(PAGE)
    ours = re.findall(r"\b(app|session|step|client)\.(\w+)", text)
    steps = [getattr(sign_in, name) for name in sign_in.__all__ if attrs.has(getattr(sign_in, name))]
    steps.append(SignedIn)
    owners: dict[str, list[Any]] = {
        "app": [AppClient],
        "session": [SignedIn],
        "step": steps,
        "client": [CognitoClient],
    }
    assert len(ours) > 25
    documented = inspect.getdoc(SignedIn) or ""
    missing = [
        (owner, name)
        for owner, name in ours
        if not any(hasattr(cls, name) or name in getattr(cls, "__annotations__", {}) for cls in owners[owner])
        and not (owner == "session" and f"{name}:" in documented)
    ]
    assert missing == []
    theirs = re.findall(r"\buser\.(\w+)\(", text)
    assert len(theirs) > 20
    assert [name for name in theirs if not hasattr(pycognito.Cognito, name)] == []
    aws = re.findall(r"\baws\.(\w+)\(", text)
    assert [name for name in aws if not hasattr(pycognito.AWSSRP, name)] == []
