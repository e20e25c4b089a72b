"""Resume tokens of paginators, in boto3's format: base64 of a JSON object."""

from __future__ import annotations

import base64
import json
from typing import Any, NamedTuple, Self

_SKIP = "boto_truncate_amount"


class Position(NamedTuple):
    """A position in a list: the token of a page, and how many of its items to skip. By default the start."""

    token: str | None = None
    skip: int = 0

    def encode(self, name: str) -> str | None:
        """Return the position in boto3's format; None for the start."""
        if self == Position():
            return None
        value: dict[str, object] = {name: self.token}
        if self.skip:
            value[_SKIP] = self.skip
        return base64.b64encode(json.dumps(value).encode()).decode()

    @classmethod
    def decode(cls, text: object, name: str) -> Self:
        """Parse a token of ``encode`` or boto3; raise ValueError for anything else."""
        value: Any = None
        try:
            value = json.loads(base64.b64decode(str(text), validate=True).decode())
            is_damaged = False
        except (ValueError, RecursionError):
            is_damaged = True
        if is_damaged:  # here: the error of the parser holds the text
            raise ValueError("not a resume_token of a paginator, or damaged")
        if not isinstance(value, dict) or name not in value or not value.keys() <= {name, _SKIP}:
            raise ValueError(f"the resume_token of another list; this list's token is called {name}")
        token, skip = value[name], value.get(_SKIP, 0)
        if not (token is None or (token and isinstance(token, str))) or type(skip) is not int or skip < 0:
            raise ValueError("damaged: it has an invalid token or count")
        return cls(token, skip)
