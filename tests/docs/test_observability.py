"""The page about observability: its tables are those of the code, and its programs run."""

from __future__ import annotations

import inspect
import json
import logging
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from docs.guide_examples import blocks
from docs.guide_tables import page
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from cognito_async import CognitoClient, hooks
from cognito_async.hooks import AttemptInfo, AttemptResult, CallInfo, CallResult, Hooks
from cognito_async.opentelemetry import OpenTelemetry
from support.calls import OK, THROTTLED, get_user
from support.transports import FakeClock, ScriptedTransport, client_with, http_response

PAGE = page("observability")


def rows(title: str) -> list[list[str]]:
    """Return the cells of the first table of a section, without its head."""
    section = re.split(r"\n##+ ", PAGE.partition(f"# {title}\n")[2])[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


# The tables


def test_every_fact_has_a_row_that_says_which_classes_have_it() -> None:
    kinds = (CallInfo, AttemptInfo, AttemptResult, CallResult)
    shown = [
        {name for row in rows("Facts") if row[column] == "yes" for name in code(row[0])}
        for column in range(1, 5)
    ]
    assert shown == [set(kind._fields) for kind in kinds]


def test_every_method_has_a_row() -> None:
    methods = [name for name, _ in inspect.getmembers(Hooks, inspect.isfunction) if not name.startswith("_")]
    assert sorted(code(row[0])[0] for row in rows("Hooks")) == sorted(methods)
    assert set(hooks.__all__) == {
        "AttemptInfo",
        "AttemptResult",
        "CallInfo",
        "CallResult",
        "Connections",
        "Hooks",
    }


def test_every_argument_has_a_row() -> None:
    shown = [code(row[0])[0] for row in rows("OpenTelemetry")]
    assert shown == list(inspect.signature(OpenTelemetry).parameters)


async def test_the_attributes_and_metrics_are_those_of_a_call() -> None:
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    telemetry = OpenTelemetry(tracer_provider=provider, meter_provider=MeterProvider([reader]))
    client = client_with(ScriptedTransport(THROTTLED, OK), FakeClock(), hooks=[telemetry])
    await get_user(client)
    first, second, call = exporter.get_finished_spans()
    table = rows("Spans")
    of_calls = {name for row in table if row[1] for name in code(row[0])}
    of_attempts = {name for row in table if row[2] for name in code(row[0])}
    found = {*(call.attributes or {})}
    assert found <= of_calls
    assert of_calls - found == {"error.type"}
    assert of_attempts - {*(first.attributes or {}), *(second.attributes or {})} == {
        "cognito_async.rate_limit.wait"
    }
    data = reader.get_metrics_data()
    assert data is not None
    names = {
        metric.name
        for each in data.resource_metrics
        for scope in each.scope_metrics
        for metric in scope.metrics
    }
    assert {code(row[0])[0] for row in rows("Metrics")} - names == {"cognito_async.rate_limit.wait"}


# The programs


@pytest.fixture
def programs() -> dict[str, Any]:
    """Return the functions and classes of the page by name."""
    found: dict[str, Any] = {}
    for block in blocks("observability", "python"):
        names: dict[str, Any] = {"__name__": "example"}
        exec(compile(block, "observability", "exec"), names)
        found |= {
            name: value
            for name, value in names.items()
            if getattr(value, "__module__", "") == "example" and callable(value)
        }
    return found


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger("cognito_async")
    handlers, level = logger.handlers.copy(), logger.level
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)


def test_every_program_has_a_test(programs: dict[str, Any]) -> None:
    assert list(programs) == [
        "JSONFormatter", "log_as_json", "Statistics", "count", "Slowest", "trace_to_console",
    ]  # fmt: skip


async def test_records_are_written_as_json(
    programs: dict[str, Any], logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    programs["log_as_json"]()
    await get_user(client_with(ScriptedTransport(THROTTLED, OK), FakeClock()))
    logger.warning("a message")
    logger.error("failed", exc_info=ValueError("broken"))
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line.get("attempt", line.get("message")) for line in lines] == [1, 2, "a message", "failed"]
    assert "ValueError: broken" in lines[3]["exception"]
    shown = {code(row[0])[0] for row in rows("Logging")}
    assert shown == lines[0].keys() - {"time", "level", "logger"}
    example = [json.loads(line) for line in blocks("observability", "text")[0].splitlines()]
    assert [line.keys() for line in example] == [line.keys() for line in lines[:2]]


def patch_client(program: Any, monkeypatch: pytest.MonkeyPatch, transport: ScriptedTransport) -> None:
    def client(**settings: Any) -> CognitoClient:
        return client_with(transport, FakeClock(), **settings)

    monkeypatch.setitem(program.__globals__, "CognitoClient", client)


async def test_calls_are_counted(
    programs: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    transport = ScriptedTransport(
        http_response(200, {"Users": [], "PaginationToken": "t"}), http_response(200, {"Users": []})
    )
    patch_client(programs["count"], monkeypatch, transport)
    await programs["count"]("eu-west-1_AbC123")
    assert capsys.readouterr().out == "[('ListUsers', 2)] 0\n"
    statistics = programs["Statistics"]()
    with pytest.raises(Exception, match="failed"):
        await get_user(client_with(ScriptedTransport(THROTTLED), hooks=[statistics], retry_mode="off"))
    assert statistics.errors == {"AdminGetUser TooManyRequestsException": 1}


async def test_slow_calls_are_printed(programs: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    client = client_with(
        ScriptedTransport(THROTTLED, THROTTLED, OK), FakeClock(), hooks=[programs["Slowest"]()]
    )
    await get_user(client)
    out = capsys.readouterr().out
    assert out.startswith("AdminGetUser ")
    assert out.endswith(
        "TooManyRequestsException after 0.0 s, TooManyRequestsException after 0.0 s, 200 after 0.0 s\n"
    )
    await get_user(client_with(ScriptedTransport(OK), hooks=[programs["Slowest"]()]))
    assert capsys.readouterr().out == ""


async def test_spans_are_printed_to_the_console(
    programs: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    patch_client(programs["trace_to_console"], monkeypatch, ScriptedTransport(OK))
    # By default it prints to what sys.stdout was when it was imported.
    exporter = ConsoleSpanExporter(out=sys.stdout)
    monkeypatch.setitem(programs["trace_to_console"].__globals__, "ConsoleSpanExporter", lambda: exporter)
    await programs["trace_to_console"]("eu-west-1_AbC123")
    out = capsys.readouterr().out
    assert '"name": "Cognito Identity Provider.AdminGetUser"' in out
    assert '"ana"' not in out
