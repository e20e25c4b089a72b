"""A call's way through the modules, recorded from a real call; run as a script, it writes docs/call.svg.

The call goes over TLS to a server on this machine that refuses the first request as one too many.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import drawing
from attrs import frozen
from module_groups import GROUPS, PACKAGE, PUBLIC, ROOT

PICTURE = ROOT / "docs" / "call.svg"
COMMAND = "PYTHONPATH=tests python tests/contributing/journey.py"
RECORD = "--record"

STEPS = {
    "_lazy._LazyMethod.__get__": "The first use of a method imports the module of its area.",
    "operations.UsersOperations.admin_get_user": "Generated: puts the arguments into a request object.",
    "client.CognitoClient.send": "Where every method ends; takes request objects of the caller too.",
    "_pipeline.Pipeline.call": "Takes the call from here to the answer.",
    "_pipeline.Pipeline._load_codec": "Imports the codec, and msgspec with it.",
    "_codec.encode": "Checks every member and writes JSON. What does not fit is told by path, and nothing is sent.",
    "_call.Call.__init__": "The deadline begins: whatever follows has to fit into timeout= seconds.",
    "_call.in_time": "Waits for what may take long, until the deadline at most.",
    "_single_flight.SingleFlight.wait": "Calls that come meanwhile wait for the same run.",
    "_pipeline.Pipeline._prepare": "Gets ready what all calls of the client share.",
    "_profile.read_profile": "Reads the profile in the shared files of the AWS tools.",
    "_settings.complete_config": "Fills in what neither arguments nor environment say.",
    "endpoints.resolve_endpoint": "Generated: the URL for region, FIPS and dual stack.",
    "_tls.tls_context": "Loads the certificates to trust.",
    "_pipeline.Pipeline._attempts": "The loop: again until there is an answer or no reason to go on.",
    "_pipeline.Pipeline._attempt": "One attempt: its headers, its signature, its request.",
    "_providers.StaticProvider.ready": "Credentials that are at hand; where none are, they are fetched within the deadline. "
    "Unsigned operations leave out this and the next step.",
    "_signer.sign": "Signature Version 4, made anew for every attempt.",
    "_call.seconds_left": "The rest of the deadline goes along with the request.",
    "_transport.AiohttpTransport.post": "One POST; errors of aiohttp become errors of this package here.",
    "_traffic.Exchange.__enter__": "Takes its place among max_connections; one timer ends what is late.",
    "_aiohttp.TrackingConnector.connect": "A kept connection or a new one; remembers which, for a resend at once.",
    "_headers.Headers.__init__": "The answer is there, read to its end.",
    "_error_body.service_error": "No success: the code in the answer chooses the class of the error.",
    "_pipeline.Pipeline._delay": "Again? Not with the last attempt made or too little of the deadline left.",
    "retry.is_retryable": "Not for what the next attempt would give too, nor for what may not be sent twice.",
    "retry.delay_before": "Backoff with jitter, or what the service asks for.",
    "retry.RetryQuota.take": "A client that fails all the time runs out of retries. "
    "Then the pause, and the next attempt; no retry raises the error.",
    "retry.RetryQuota.give_back": "A success gives back what its retry cost.",
    "_codec.decode": "JSON to an attrs class. Unknown members are left out, odd ones kept as they are.",
    "_fast_reading.make_decoder": "Once a response class: what msgspec has to know of it.",
}
"""The steps that the picture shows, by module and function, each with what happens there."""

PARTS = {
    "_agent": "headers that say who is calling; of Pipeline.call and Pipeline._prepare",
    "_annotations": "what the annotations of a shape say; of the codec, once a class",
    "_errors": "making an error",
    "_model": "making ResponseMetadata",
    "_scalars": "writing single values; of _codec.encode",
    "_writing": "of _codec.encode",
    "config": "reading the settings",
    "types": "making the request object",
}
"""Modules that a call goes through within steps of others, each with what it does there."""


# Recording


class Recorder:
    """Notes which of our functions start, in their order; not what runs while a module is loaded."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, bool]] = []
        """Functions, and whether they ran in another thread than the call."""

        self._frames: set[FrameType] = set()
        self._home = threading.get_ident()
        self._loading = threading.local()

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        name = frame.f_code.co_name
        depth: int = getattr(self._loading, "depth", 0)
        if name == "<module>" and event in {"call", "return"}:
            self._loading.depth = depth + (1 if event == "call" else -1)
        module = str(frame.f_globals.get("__name__")).split(".")
        if event != "call" or depth or name == "<module>" or module[0] != PACKAGE or "<" in name:
            return
        if frame not in self._frames:  # a coroutine that goes on after a pause is called again
            self._frames.add(frame)
            elsewhere = threading.get_ident() != self._home
            self.seen.append((f"{(module[1:] or module)[0]}.{frame.f_code.co_qualname}", elsewhere))

    @contextmanager
    def on(self) -> Iterator[None]:
        """Record what happens meanwhile."""
        threading.setprofile(self)
        sys.setprofile(self)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)


async def _record(folder: Path) -> dict[str, list[tuple[str, bool]]]:
    """Three calls: a client's first one, its second one, and one that is refused once."""
    import server
    from stub import CREDENTIALS, REGION

    from cognito_async import CognitoClient
    from cognito_async._pipeline import Effects

    async def skip(seconds: float) -> None:
        """Do not pause between attempts."""

    bundle = folder / "authority.pem"
    bundle.write_bytes(server.certificates().authority)
    refusal = server.status(400, "TooManyRequestsException")
    recorded: dict[str, list[tuple[str, bool]]] = {}
    async with (
        server.FaultServer(refusal, times=1, tls=True) as service,
        CognitoClient(
            region=REGION, credentials=CREDENTIALS, endpoint_url=service.url, ca_bundle=str(bundle)
        ) as client,
    ):
        client._pipeline.effects = Effects(sleep=skip)
        for name in ("refused", "next"):
            recorder = Recorder()
            with recorder.on():
                await client.admin_get_user(user_pool_id="eu-west-1_AbC123", username="ana")
            recorded[name] = recorder.seen
    return recorded


def record() -> dict[str, list[tuple[str, bool]]]:
    """Record in a process of its own, in which nothing has been loaded or prepared yet.

    "refused" is the first call of a client, whose first attempt is refused; "next" is the call after it.
    """
    tests = ROOT / "tests"
    # The package is where this process has it: installed, or in the checkout.
    ours = [str(tests), str(tests / "faults"), *sys.path]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"PYTHONPATH": os.pathsep.join(ours), "AWS_CONFIG_FILE": os.devnull}
    environment |= {"AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    command = [sys.executable, __file__, RECORD]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    recorded: dict[str, list[tuple[str, bool]]] = json.loads(done.stdout)
    return recorded


# What the picture tells


@frozen
class Step:
    """A step of the way."""

    function: str
    when: str
    """``always``, ``first`` for what the first call of a client does, ``failure`` for what a failed attempt does."""

    thread: bool
    """Whether it runs beside the event loop."""

    attempt: bool
    """Whether every attempt goes through it."""

    @property
    def module(self) -> str:
        return self.function.partition(".")[0]


def way(recorded: dict[str, Sequence[tuple[str, bool]]]) -> list[Step]:
    """The steps of a call in their order, of what was recorded.

    Raises:
        ValueError: A module or a function of the pipeline has no words, or there are words for what no call does.
    """
    order = [name for name, _ in recorded["refused"]]
    seen = list(dict.fromkeys(order))
    _check(seen)
    first, second = (index for index, name in enumerate(order) if name == "_pipeline.Pipeline._attempt")
    failed = order.index("_error_body.service_error")
    each, again = set(order[first:failed]), {name for name, _ in recorded["next"]}
    threads = {name for name, elsewhere in recorded["refused"] if elsewhere}

    def when(name: str) -> str:
        if name in again:
            return "always"
        return "failure" if failed <= order.index(name) < second else "first"

    return [
        Step(function=name, when=when(name), thread=name in threads, attempt=name in each)
        for name in seen
        if name in STEPS
    ]


def _check(seen: Sequence[str]) -> None:
    shown = {name.partition(".")[0] for name in STEPS}
    unknown = {name for name in seen if name.partition(".")[0] not in shown | PARTS.keys()}
    stale = [name for name in STEPS if name not in seen]
    stale += sorted(PARTS.keys() - {name.partition(".")[0] for name in seen})
    if unknown or stale:
        raise ValueError(
            "STEPS and PARTS in tests/contributing/journey.py: "
            f"say what happens in {', '.join(sorted(unknown)) or 'nothing more'}; "
            f"a call does not go through {', '.join(stale) or 'nothing else'}"
        )


# The picture

_LEFT, _TRACK, _WIDTH = 16, 14, 466
_LINE, _PAUSE = 15.5, 13


def draw(steps: Sequence[Step]) -> str:
    """Return the picture of the way: a track for each group of modules, a stop for each step."""
    groups = [group for group in GROUPS if any(_group(step) == group.name for step in steps)]
    tracks = {group.name: _LEFT + 8 + n * _TRACK for n, group in enumerate(groups)}
    number = {group.name: n for n, group in enumerate(GROUPS)}
    words = _LEFT + 8 + len(groups) * _TRACK + 12
    parts: list[str] = []
    stops: list[tuple[float, float, Step]] = []
    y = 234.0
    top = y
    for step in steps:
        x = tracks[_group(step)]
        stops.append((x, y, step))
        lines = textwrap.wrap(STEPS[step.function], 45)
        parts += [
            drawing.text(words, y + 4.5, step.function, "code bold"),
            *(
                drawing.text(words, y + 4.5 + _LINE * (n + 1), line, "small faint")
                for n, line in enumerate(lines)
            ),
        ]
        y += _LINE * (len(lines) + 1) + _PAUSE
    end = y
    background = [
        *_heads(groups, tracks, number, top, end),
        *_travel(stops, end),
    ]
    parts = [
        *_legend(),
        *background,
        *(_stop(x, at, step, number[_group(step)]) for x, at, step in stops),
        drawing.text(words, top - 26, "await client.admin_get_user(…)", "code"),
        *parts,
        *_loop(stops),
        drawing.text(words, end + 6, "AdminGetUserResponse, with response_metadata", "code"),
    ]
    description = "; ".join(f"{step.function}: {STEPS[step.function]}" for step in steps)
    return drawing.svg("A call's way through the modules", description, (_WIDTH, round(end + 28)), parts)


def _group(step: Step) -> str:
    return next((group.name for group in GROUPS if step.module in group.modules), PUBLIC.name)


def _heads(
    groups: Sequence[Any], tracks: dict[str, float], number: dict[str, int], top: float, end: float
) -> list[str]:
    parts: list[str] = []
    for group in groups:
        x = tracks[group.name]
        label = drawing.text(0, 0, group.name, f"small f{number[group.name]}")
        parts += [
            f'<g transform="translate({x + 4:g} {top - 24:g}) rotate(-60)">{label}</g>',
            f'<path class="line track s{number[group.name]}" d="M{x:g} {top - 14:g} V{end:g}"/>',
        ]
    return parts


def _travel(stops: Sequence[tuple[float, float, Step]], end: float) -> list[str]:
    """The line from stop to stop."""
    words = [f"M{stops[0][0]:g} {stops[0][1]:g}"]
    x = stops[0][0]
    for bx, by, _ in stops[1:]:
        words.append(
            f"V{by:g}" if bx == x else f"V{by - 26:g} C{x:g} {by - 10:g} {bx:g} {by - 16:g} {bx:g} {by:g}"
        )
        x = bx
    return [f'<path class="line way" d="{" ".join(words)} V{end:g}"/>', drawing.arrow_down(x, end + 8)]


def _stop(x: float, y: float, step: Step, number: int) -> str:
    kind = {"always": f"f{number} s{number}", "first": f"open s{number}", "failure": "failure"}[step.when]
    if step.thread:
        return f'<rect class="stop {kind}" x="{x - 5:g}" y="{y - 5:g}" width="10" height="10"/>'
    return f'<circle class="stop {kind}" cx="{x:g}" cy="{y:g}" r="5.5"/>'


def _loop(stops: Sequence[tuple[float, float, Step]]) -> list[str]:
    """The way back from the last step after a failure to the first one of an attempt."""
    start = next(y for _, y, step in stops if step.attempt)
    end = max(y for _, y, step in stops if step.when == "failure")
    x = _WIDTH - 24
    label = drawing.text(0, 0, "the next attempt", "small failure", anchor="middle")
    return [
        drawing.path([(x - 14, end), (x, end), (x, start), (x - 12, start)], "again", 10),
        f'<path class="failure" d="M{x - 20:g} {start:g} l10 -5 v10 z"/>',
        f'<g transform="translate({x + 13} {(start + end) / 2:g}) rotate(-90)">{label}</g>',
    ]


def _legend() -> list[str]:
    y = 60
    entries = (
        ('<circle class="stop neutral outline" cx="0" cy="-4" r="5.5"/>', "in every call", 0, 0),
        ('<circle class="stop open outline" cx="0" cy="-4" r="5.5"/>', "in the first call only", 114, 0),
        ('<circle class="stop failure" cx="0" cy="-4" r="5.5"/>', "after a failed attempt", 268, 0),
        ('<rect class="stop open outline" x="-5" y="-9" width="10" height="10"/>', "in a thread", 0, 22),
    )
    return [
        f'<g transform="translate({_LEFT + 8 + x} {y + down})">{sign}{drawing.text(13, 0, words, "small")}</g>'
        for sign, words, x, down in entries
    ]


def main(*arguments: str) -> None:
    """Write the picture, or with ``--record`` print what was recorded."""
    if RECORD in arguments:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(asyncio.run(_record(Path(folder)))))
        return
    steps = way(record())
    PICTURE.write_text(draw(steps), encoding="utf-8")
    print(f"{PICTURE.relative_to(ROOT)}: {len(steps)} steps")


if __name__ == "__main__":
    main(*sys.argv[1:])
