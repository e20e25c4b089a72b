"""Limiters in processes of their own: every call is made exactly once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

PROGRAM = """
import asyncio, json, sys
from cognito_async import CognitoClient, HTTPResponse
from cognito_async.rate_limit import QuotaRateLimiter

sent = []

class Service:
    async def prepare(self, url):
        pass
    async def send(self, request, *, timeout, resend):
        sent.append(json.loads(request.body)["Username"])
        await asyncio.sleep(0.001)
        return HTTPResponse(200, {}, b"{}")
    async def close(self):
        pass

async def main(number):
    limiter = QuotaRateLimiter(share=0.25, rates={"UserUpdate": 800})
    async with CognitoClient(
        region="eu-west-1", credentials=None, transport=Service(), limiter=limiter, timeout=None
    ) as client:
        await asyncio.gather(*(
            client.admin_user_global_sign_out(user_pool_id="eu-west-1_AbC123", username=f"user {number} {each}")
            for each in range(300)
        ))

asyncio.run(main(sys.argv[1]))
print(json.dumps(sent))
"""
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}


def test_four_processes_make_every_call_once() -> None:
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(number)], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
        )
        for number in range(4)
    ]
    outputs = [program.communicate()[0] for program in programs]
    assert [program.returncode for program in programs] == [0] * 4
    sent = [json.loads(output) for output in outputs]
    names = Counter(name for each in sent for name in each)
    assert names == Counter(f"user {number} {each}" for number in range(4) for each in range(300))
