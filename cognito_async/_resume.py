"""Resume tokens of paginators, in the form that boto3 gives them: base64 of a JSON object."""

from __future__ import annotations

import base64
import json
from typing import Self

from attrs import frozen

_DONE = "boto_truncate_amount"


@frozen
class Position:
    """Where to go on: at the page of a token, after some of its items. The default is the start."""

    token: str | None = None
    done: int = 0

    def encode(self, name: str) -> str | None:
        """Write the position as boto3 writes it; None for the start."""
        if self == Position():
            return None
        value: dict[str, object] = {name: self.token}
        if self.done:
            value[_DONE] = self.done
        return base64.b64encode(json.dumps(value).encode()).decode()

    @classmethod
    def decode(cls, text: object, name: str) -> Self:
        """Read what ``encode`` or boto3 wrote; ValueError for anything else."""
        try:
            value = json.loads(base64.b64decode(str(text), validate=True).decode())
        except (ValueError, RecursionError):
            raise ValueError("not the resume_token of a paginator, or damaged") from None
        if not isinstance(value, dict) or name not in value or not value.keys() <= {name, _DONE}:
            raise ValueError(f"not the resume_token of a list whose token is called {name}")
        token, done = value[name], value.get(_DONE, 0)
        if not (token is None or (token and isinstance(token, str))) or type(done) is not int or done < 0:
            raise ValueError("damaged: token and count in it are not what they should be")
        return cls(token, done)
