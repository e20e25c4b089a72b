"""Verification of tokens: CPU per token, compared with the decoding of the library below, in the same process.

``nox -s bench -- tokens`` runs it; with ``--write``, it writes the result into docs/performance.md. All take turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from benchmarks.measure import done, progress
from benchmarks.report import PYTHON, publish, verdict
from support.markdown import table

VERIFIER, CACHED, LIBRARY = "TokenVerifier", "TokenVerifier, token seen before", "joserfc.jwt.decode"
PASSWORD = "Correct-Horse-7"
IMPORTS = {
    "cognito_async.tokens, with a verifier": (
        "from cognito_async.tokens import TokenVerifier; TokenVerifier('eu-west-1_a', client_id=None)"
    ),
    "what the first verification imports": "import cognito_async.tokens._jose",
}
Verify = Callable[[], Awaitable[object]]


def header(token: str) -> Mapping[str, Any]:
    """Return the header of a token."""
    part = token.partition(".")[0]
    result: Mapping[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return result


async def contenders() -> dict[str, Verify]:
    """Return what is measured, with an access token of a user in five groups."""
    from joserfc import jwt
    from joserfc.jwk import RSAKey

    from cognito_async.sign_in import SignedIn
    from cognito_async.testing import FakeUserPool
    from cognito_async.tokens import TokenVerifier

    pool = FakeUserPool()
    pool.add_user("ana", PASSWORD, groups=[f"group-{number}" for number in range(5)])
    step = await pool.app().sign_in("ana", PASSWORD, flow="password")
    assert isinstance(step, SignedIn)
    token = step.tokens.access_token
    keys = {key["kid"]: RSAKey.import_key(key) for key in pool.jwks()["keys"]}
    key = keys[header(token)["kid"]]
    verifier = TokenVerifier(pool.pool_id, client_id=pool.client_id, jwks=pool.jwks())
    remembering = TokenVerifier(pool.pool_id, client_id=pool.client_id, jwks=pool.jwks(), cache=100)
    await remembering.access(token)

    async def library() -> object:
        return jwt.decode(token, key, algorithms=["RS256"])

    return {
        LIBRARY: library,
        VERIFIER: lambda: verifier.access(token),
        CACHED: lambda: remembering.access(token),
    }


async def measure(rounds: int, count: int) -> dict[str, list[float]]:
    """Return the microseconds of CPU per token, for each round."""
    seen: dict[str, list[float]] = {}
    verifiers = await contenders()
    for number in range(-1, rounds):  # the first round warms up
        progress(f"round {number + 1} of {rounds}")
        for name, verify in verifiers.items():
            started = time.process_time()
            for _ in range(count):
                await verify()
            if number >= 0:
                seen.setdefault(name, []).append((time.process_time() - started) / count * 1e6)
    done()
    return seen


def import_time(statement: str, rounds: int) -> float:
    """Return the milliseconds of CPU that a statement takes in a new process that has imported asyncio."""
    code = (
        "import asyncio, json, time; started = time.process_time()\n"
        f"{statement}\nprint((time.process_time() - started) * 1000)"
    )
    command = [sys.executable, "-c", code]
    return statistics.median(
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for _ in range(rounds)
    )


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=51)
    parser.add_argument("--count", type=int, default=100, help="tokens in a round")
    parser.add_argument("--write", action="store_true", help="write the result into docs/performance.md")
    parser.add_argument("--quick", action="store_true", help="a short run")
    arguments = parser.parse_args()
    rounds = 5 if arguments.quick else arguments.rounds
    seen = asyncio.run(measure(rounds, arguments.count))
    imports = {name: import_time(statement, min(rounds, 11)) for name, statement in IMPORTS.items()}
    publish(f"tokens {PYTHON}", *report(seen, imports), write=arguments.write)


def report(seen: Mapping[str, list[float]], imports: Mapping[str, float]) -> tuple[str, list[list[str]]]:
    """Return the tables of figures, and the rows about targets."""

    def ratio(name: str, base: str) -> float:
        """Return the median of the ratios within each round: changes of the machine's speed cancel out."""
        return statistics.median(a / b for a, b in zip(seen[name], seen[base], strict=True))

    decode, before = ratio(VERIFIER, LIBRARY), ratio(VERIFIER, CACHED)
    targets = [
        verdict(f"a token, compared with {LIBRARY}", "<= 1.25x", f"{decode:.2f}x", holds=decode <= 1.25),
        verdict("a token seen before, with cache=", ">= 10x faster", f"{before:.0f}x", holds=before >= 10),
    ]
    costs = [["CPU of a token", "us"]]
    costs += [[name, f"{statistics.median(times):.1f}"] for name, times in seen.items()]
    loads = [["CPU of imports in a new process", "ms"]]
    loads += [[name, f"{value:.0f}"] for name, value in imports.items()]
    return "\n\n".join(table(rows, left=1) for rows in (costs, loads)), targets


if __name__ == "__main__":
    main()
