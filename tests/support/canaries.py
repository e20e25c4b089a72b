"""Finds secrets in everything that users, logs and error reports show."""

from __future__ import annotations

import logging
import traceback
from urllib.parse import quote

from cognito_async.errors import CognitoError

SHORTEST = 16
"""Characters of the shortest part of a token that is looked for."""
RAW = ("headers", "members")
"""Attributes of errors that hold the response of the service as it is, for programs."""


class Watch(logging.Handler):
    """Collects secrets, and all text in which none of them may appear."""

    def __init__(self) -> None:
        super().__init__(0)
        self.secrets: set[str] = set()
        self.text: list[str] = []
        self.errors = 0

    def hide(self, *values: str | None) -> None:
        """Add secrets, and the segments of those that are tokens."""
        for value in filter(None, values):
            self.secrets |= {value, quote(value, safe=""), value[::-1]}
            parts = {part for part in value.split(".") if len(part) >= SHORTEST}
            self.secrets |= parts | {part[5:25] for part in parts if len(part) >= 2 * SHORTEST}

    def see(self, *values: object) -> None:
        """Add what users can see of objects."""
        for value in values:
            self.text += [repr(value), str(value), f"{value}"]

    def emit(self, record: logging.LogRecord) -> None:
        fields = {name: value for name, value in vars(record).items() if name not in {"exc_info", "exc_text"}}
        self.text += [record.getMessage(), repr(fields), logging.Formatter().format(record)]
        if record.exc_info and record.exc_info[1] is not None:
            self.see_error(record.exc_info[1])

    def see_error(self, error: BaseException) -> None:
        """Add all text of an exception and of those before it, suppressed ones too."""
        self.errors += 1
        self.text.append(
            "".join(traceback.TracebackException.from_exception(error, capture_locals=False).format())
        )
        links: list[BaseException] = [error]
        for link in links:
            attributes = {name: value for name, value in vars(link).items() if name not in RAW}
            slots = {
                name: getattr(link, name) for name in ("doc", "object", "headers") if hasattr(link, name)
            }
            if isinstance(link, CognitoError):
                slots.pop("headers", None)
            self.see(link, link.args, attributes, slots, getattr(link, "__notes__", ()))
            links += [
                each for each in (link.__cause__, link.__context__) if each is not None and each not in links
            ]

    def check(self) -> None:
        """Fail if a secret is in the text; the message shows the text and not the secret."""
        assert self.secrets
        everything = "\0".join(set(self.text))  # much faster than each text alone
        found = [secret for secret in self.secrets if secret in everything]
        assert [text for text in self.text if any(secret in text for secret in found)] == []
