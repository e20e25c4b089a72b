"""What the commands for bulk jobs have in common: options, and how a run ends."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar

import typer

from cognito_async._cli.options import completion_of
from cognito_async._cli.runner import run
from cognito_async._errors import CognitoError, ConfigurationError, InvalidRequestError

T = TypeVar("T")

_AGAIN = "run the same command again to continue"
_AGAIN_AFTER_RESTART = "run the same command without --restart to continue"
MAX_CONCURRENCY = 1000

FileFormatOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="jsonl|csv",
        help="Format of the file. By default from its suffix.",
        autocompletion=completion_of(lambda: ("jsonl", "csv")),
    ),
]
JournalOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--journal",
        metavar="FILE",
        help="Journal of what is done. By default beside the file; removed at the end.",
    ),
]
RestartOption: TypeAlias = Annotated[
    bool, typer.Option("--restart", help="Start over, instead of where an earlier run ended.")
]

ShareOption: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--share",
        metavar="PART",
        help="Stay within this part of the default request quotas of an account, such as 0.5. By default "
        "only throttling slows the job down.",
    ),
]


def limiter(share: float | None) -> dict[str, Any]:
    """Return the argument of the client that keeps it within a part of the quotas."""
    if share is None:
        return {}
    from cognito_async.rate_limit import QuotaRateLimiter  # noqa: PLC0415  only with the option

    return {"limiter": QuotaRateLimiter(share=share)}


def run_job(job: Coroutine[Any, Any, T], *, restart: bool) -> T:
    """Run a bulk job; if it does not end, say how to continue."""
    with _continues(_AGAIN_AFTER_RESTART if restart else _AGAIN):
        return run(job)


@contextmanager
def _continues(note: str) -> Generator[None]:
    from cognito_async.bulk import BulkError  # noqa: PLC0415  loaded by these commands only

    try:
        yield
    except (BulkError, ConfigurationError, InvalidRequestError):
        raise  # the same command would fail again
    except (CognitoError, KeyboardInterrupt) as error:
        error.add_note(note)
        raise
