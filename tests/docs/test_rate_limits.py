"""The page about rate limits: programs run, and its numbers are those of the code."""

from __future__ import annotations

import asyncio
import inspect
import re

import pytest
from docs.guide_examples import blocks, create_resources, run
from docs.guide_tables import page

from cognito_async.rate_limit import QuotaRateLimiter, _bucket

PAGE = page("rate-limits")


@pytest.mark.usefixtures("moto")
def test_the_programs_run(capsys: pytest.CaptureFixture[str]) -> None:
    resources = asyncio.run(create_resources())
    job, workers, own, quota = blocks("rate-limits", "python")
    sign_all_out = run(job, {})["sign_all_out"]
    assert asyncio.run(sign_all_out(resources.pool_id, ["nobody", "ana"])) == 1
    client = run(workers, {})["make_client"]()
    assert repr(client._pipeline._limiter) == "QuotaRateLimiter(share=0.8, rates={'UserRead': 240})"
    asyncio.run(client.close())
    assert asyncio.run(run(own, {})["count_users"](resources.pool_id)) == 1
    run(quota, {})
    assert capsys.readouterr().out.strip() in quota


def test_every_argument_has_a_row() -> None:
    shown = re.findall(r"^\| `(\w+)=", PAGE, re.MULTILINE)
    assert shown == list(inspect.signature(QuotaRateLimiter).parameters)


def test_the_numbers_are_those_of_the_code() -> None:
    text = re.sub(r"\s+", " ", PAGE)
    assert f"sent at {_bucket._STEADY:.0%}".replace("%", " %") in text
    assert f"up to {1 - _bucket._STEADY:.0%}".replace("%", " %") in text
    assert f"half the rate for {_bucket._HOLD:g} seconds, and then gains a tenth" in text
    assert _bucket._RECOVERY == 0.1
