"""The ``User-Agent`` header."""

from __future__ import annotations

import platform
import re
from functools import cache

from cognito_async._version import __version__
from cognito_async.config import Config

_NOT_TOKEN = re.compile(r"[^A-Za-z0-9!$%&'*+.^_`|~-]")


def user_agent(config: Config) -> str:
    """Return the user agent: package, system, Python and application, in the format of the AWS SDKs."""
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
    return _NOT_TOKEN.sub("-", text)
