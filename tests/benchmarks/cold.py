"""Cold start: a new process imports a client, creates it, calls once and ends.

``nox -s bench -- cold`` runs it; with ``--write``, it writes the result into docs/performance.md. The clients take
turns. Figures are medians of wall time; ratios and differences are computed within a round.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time

from benchmarks.clients import has_smithy
from benchmarks.measure import done, progress
from benchmarks.report import PYTHON, publish, verdict
from benchmarks.server import served
from support.markdown import table

NOTHING, IMPORT, MAKE = "Python itself", "import aiohttp", "import cognito_async, create a client"
BARE, OURS, BOTO3 = "aiohttp + json.loads", "cognito_async", "boto3"
SCRIPTS = {
    NOTHING: "pass",
    IMPORT: "import aiohttp",
    MAKE: "from cognito_async import CognitoClient; CognitoClient(region='eu-west-1')",
    BARE: """
import asyncio, json, aiohttp
HEADERS = {
    "X-Amz-Target": "AWSCognitoIdentityProviderService.AdminGetUser",
    "Content-Type": "application/x-amz-json-1.1",
}
async def main():
    body = json.dumps({"UserPoolId": "eu-west-1_AbC123", "Username": "ana"}).encode()
    async with aiohttp.ClientSession() as session:
        async with session.post(URL, data=body, headers=HEADERS) as response:
            assert json.loads(await response.read())["Username"] == "ana"
asyncio.run(main())
""",
    OURS: """
import asyncio
from cognito_async import CognitoClient, Credentials
KEYS = Credentials(access_key_id="AKIDEXAMPLE", secret_access_key="secret")
async def main():
    async with CognitoClient(region="eu-west-1", endpoint_url=URL, credentials=KEYS) as client:
        user = await client.admin_get_user(user_pool_id="eu-west-1_AbC123", username="ana")
        assert user.username == "ana"
asyncio.run(main())
""",
    BOTO3: """
import boto3
client = boto3.client(
    "cognito-idp", region_name="eu-west-1", endpoint_url=URL,
    aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret",
)
user = client.admin_get_user(UserPoolId="eu-west-1_AbC123", Username="ana")
assert user["Username"] == "ana"
""",
    "aiobotocore": """
import asyncio
from aiobotocore.session import get_session
async def main():
    make = get_session().create_client(
        "cognito-idp", region_name="eu-west-1", endpoint_url=URL,
        aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret",
    )
    async with make as client:
        user = await client.admin_get_user(UserPoolId="eu-west-1_AbC123", Username="ana")
        assert user["Username"] == "ana"
asyncio.run(main())
""",
}
SMITHY = """
import asyncio
from aws_sdk_secrets_manager.client import AsyncSecretsManagerClient
from aws_sdk_secrets_manager.config import AsyncSecretsManagerConfig
from aws_sdk_secrets_manager.models import GetSecretValueInput
async def main():
    config = await AsyncSecretsManagerConfig.resolve(
        region="eu-west-1", endpoint_uri=URL, aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret"
    )
    async with AsyncSecretsManagerClient(config=config) as client:
        assert (await client.get_secret_value(GetSecretValueInput(secret_id="s"))).name == "s"
asyncio.run(main())
"""


def seconds(script: str, url: str) -> float:
    """Return the wall time of a process."""
    # Compiled modules are kept, as on any machine where a program runs twice.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", f"URL = {url!r}\n{script}"]
    started = time.perf_counter()
    subprocess.run(command, env=environment, check=True)
    return time.perf_counter() - started


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--write", action="store_true", help="write the result into docs/performance.md")
    arguments = parser.parse_args()
    scripts = SCRIPTS | ({"AWS smithy": SMITHY} if has_smithy() else {})
    seen: dict[str, list[float]] = {name: [] for name in scripts}
    with served() as url:
        for script in scripts.values():
            seconds(script, url)
        for number in range(arguments.rounds):
            progress(f"round {number + 1} of {arguments.rounds}")
            for name, script in scripts.items():
                seen[name].append(seconds(script, url))
    done()

    def median(name: str, base: str, *, by: str) -> float:
        pairs = zip(seen[name], seen[base], strict=True)
        return statistics.median(own / other if by == "ratio" else own - other for own, other in pairs)

    rows = [["new process", "ms", f"relative to {BARE}"]]
    for name, times in seen.items():
        rows.append([name, f"{statistics.median(times) * 1e3:.0f}", f"{median(name, BARE, by='ratio'):.2f}x"])
    ratio = median(OURS, BARE, by="ratio")
    boto3 = median(OURS, BOTO3, by="ratio")
    extra = median(MAKE, IMPORT, by="difference") * 1e3
    targets = [
        verdict("first response, relative to bare aiohttp", "<= 1.15x", f"{ratio:.2f}x", holds=ratio <= 1.15),
        verdict("first response, relative to boto3", "< 1.00x", f"{boto3:.2f}x", holds=boto3 < 1),
        verdict("import and client, in addition to aiohttp", "<= 8 ms", f"{extra:.1f} ms", holds=extra <= 8),
    ]
    publish(f"cold {PYTHON}", table(rows, left=1), targets, write=arguments.write)


if __name__ == "__main__":
    main()
