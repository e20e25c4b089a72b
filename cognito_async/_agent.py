"""Who is calling: the user agent, and the trace that a call on AWS Lambda belongs to."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from functools import cache
from random import getrandbits
from urllib.parse import quote

from cognito_async._headers import TRACE_ID
from cognito_async._version import __version__
from cognito_async.config import Config

_NO_TOKEN = re.compile(r"[^A-Za-z0-9!$%&'*+.^_`|~-]")


def user_agent(config: Config) -> str:
    """Name package, system, Python and application, in the form that the AWS SDKs use."""
    parts = [_platform(), f"cfg/retry-mode#{config.retry_mode}"]
    if config.app_id:
        parts.append(f"app/{_token(config.app_id)}")
    if config.user_agent_extra:
        parts.append(config.user_agent_extra)
    return " ".join(parts)


@cache
def _platform() -> str:
    system, release = platform.system().lower(), platform.release()
    return (
        f"cognito_async/{__version__} ua/2.1 os/{_token(system)}#{_token(release)} "
        f"md/arch#{_token(platform.machine())} lang/python#{_token(platform.python_version())} "
        f"md/pyimpl#{_token(platform.python_implementation())}"
    )


def _token(text: str) -> str:
    return _NO_TOKEN.sub("-", text)


def trace_header(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the X-Ray header for what Lambda runs now; another one at every run."""
    trace = environment.get("_X_AMZN_TRACE_ID")
    return {TRACE_ID: quote(trace, safe="-=;:+&[]{}\"',")} if trace else {}


def on_lambda(environment: Mapping[str, str]) -> bool:
    """Whether this process is a function on AWS Lambda."""
    return bool(environment.get("AWS_LAMBDA_FUNCTION_NAME"))


def invocation_id() -> str:
    """Return a random UUID for a call; several times faster than ``uuid.uuid4``, and no secret."""
    digits = f"{getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
