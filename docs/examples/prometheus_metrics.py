"""Metrics for Prometheus: calls, attempts, throttling and connections, on ``http://127.0.0.1:9464/metrics``.

``python prometheus_metrics.py --pool eu-west-1_AbC123`` lists the users of the pool once a minute, in place
of the calls of a service, and serves the metrics until Ctrl-C. To measure your own service, copy
``PrometheusHooks``.

The region and credentials come from the environment or a profile, as with the AWS CLI. The required
permission is cognito-idp:ListUsers.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import suppress

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from cognito_async import CognitoClient
from cognito_async.errors import CognitoError
from cognito_async.hooks import AttemptInfo, AttemptResult, CallInfo, CallResult, Connections, Hooks

logger = logging.getLogger(__name__)


class PrometheusHooks(Hooks):
    """Records calls in a registry of Prometheus; one object for all clients.

    There is a time series for each operation and each error code, so no more than a few hundred.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._clients: list[Callable[[], Connections | None]] = []
        self._calls = Histogram(
            "cognito_call_seconds", "Duration of calls", ["operation", "error"], registry=registry
        )
        self._attempts = Counter(
            "cognito_attempts", "Attempts", ["operation", "status", "error"], registry=registry
        )
        self._throttled = Counter(
            "cognito_throttled", "Attempts that were throttled", ["operation", "quota"], registry=registry
        )
        in_use = Gauge("cognito_connections_in_use", "Connections in use", registry=registry)
        in_use.set_function(lambda: sum(counts.in_use for counts in self._connections()))
        waiting = Gauge("cognito_requests_waiting", "Requests that wait for a connection", registry=registry)
        waiting.set_function(lambda: sum(counts.waiting for counts in self._connections()))

    def attach(self, connections: Callable[[], Connections | None]) -> None:
        """Observe the connections of a client."""
        self._connections()  # forgets closed ones, also if nobody reads the metrics
        self._clients.append(connections)

    def _connections(self) -> list[Connections]:
        counts = []
        for client in self._clients.copy():  # clients are created in other threads than that of the server
            count = client()
            if count is not None:
                counts.append(count)
            else:
                with suppress(ValueError):  # another thread has removed it
                    self._clients.remove(client)
        return counts

    def after_attempt(
        self, call: CallInfo, attempt: AttemptInfo, result: AttemptResult, state: object
    ) -> None:
        """Count an attempt."""
        self._attempts.labels(call.operation, result.status or "", result.error or "").inc()
        if result.throttled:
            self._throttled.labels(call.operation, call.quota or "").inc()

    def after_call(self, call: CallInfo, result: CallResult, state: object) -> None:
        """Record the duration of a call."""
        self._calls.labels(call.operation, result.error or "").observe(result.seconds)


async def list_users(client: CognitoClient, pool_id: str) -> None:
    """List all users, as an example of calls."""
    try:
        users = await client.get_paginator("list_users").paginate(user_pool_id=pool_id).collect()
        logger.info("%d users", len(users))
    except CognitoError as error:
        logger.warning("%s", error)


async def serve(pool_id: str, port: int, interval: float) -> None:
    """Serve the metrics and make calls until cancelled."""
    registry = CollectorRegistry()
    server, thread = start_http_server(port, "127.0.0.1", registry)
    print(f"http://127.0.0.1:{server.server_port}/metrics", flush=True)
    try:
        async with CognitoClient(hooks=[PrometheusHooks(registry)]) as client:
            while True:
                await list_users(client, pool_id)
                await asyncio.sleep(interval)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(description="Serve metrics of a client for Prometheus.")
    pool = environment.get("COGNITO_USER_POOL_ID")
    parser.add_argument(
        "--pool", default=pool, required=pool is None, help="user pool id; default: COGNITO_USER_POOL_ID"
    )
    parser.add_argument("--port", type=int, default=9464, help="0 for any free port; default: 9464")
    parser.add_argument("--interval", type=float, default=60, help="seconds between calls; default: 60")
    return parser


def main() -> None:
    """Run the command."""
    options = parser(os.environ).parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(options.pool, options.port, options.interval))


if __name__ == "__main__":
    main()
