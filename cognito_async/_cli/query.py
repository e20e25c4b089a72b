"""``--query``: JMESPath expressions that select a part of a response."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeAlias

from cognito_async._cli.errors import UsageError
from cognito_async._messages import did_you_mean

Search: TypeAlias = Callable[[Any], Any]
_PREFIX = re.compile(r"(Invalid|Bad) jmespath expression: ", re.IGNORECASE)
"""How some messages of jmespath start."""


class QueryError(ValueError):
    """The expression cannot be applied to this response; the message has no value of it."""


def make_search(query: str) -> Search:
    """Return a function that selects a part of a response, or raises ``QueryError``.

    Raises:
        UsageError: The expression would fail with every response: its syntax, a function that does not exist,
            or the number of a function's arguments.
    """
    import jmespath  # noqa: PLC0415  loaded only with --query

    try:
        compiled = jmespath.compile(query)
        _check_functions(compiled.parsed)
    except RecursionError:
        raise UsageError("--query: nested too deeply") from None
    except UsageError:
        raise
    except ValueError as error:
        reason = _PREFIX.sub("", str(error).partition("\n")[0]).removesuffix(", for expression:").rstrip(":.")
        reason = f"{reason[:1].lower()}{reason[1:]}"
        raise UsageError(f"--query: not a JMESPath expression: {reason}") from None

    def search(response: Any) -> Any:
        try:
            return compiled.search(response)
        except Exception as error:  # noqa: BLE001  jmespath raises many types, and their texts quote values
            function = getattr(error, "function_name", None)
            where = "" if function is None else f": {function}() does not accept this type of value"
            raise QueryError(f"--query cannot be applied to the response{where}") from None

    return search


def _check_functions(node: Any) -> None:
    """Check all functions in an expression, before anything is sent."""
    if not isinstance(node, dict):  # an index of a slice, or a key
        return
    children = node.get("children", ())
    if node["type"] == "function_expression":
        name = node["value"]
        functions = import_module("jmespath.functions").Functions.FUNCTION_TABLE
        function = functions.get(name)
        if function is None:
            raise UsageError(f"--query: there is no function {name}(){did_you_mean(name, functions)}")
        signature = function["signature"]
        variadic = bool(signature) and signature[-1].get("variadic", False)
        if len(children) < len(signature) or (len(children) > len(signature) and not variadic):
            least = "at least " if variadic else ""
            raise UsageError(
                f"--query: {name}() takes {least}{len(signature)} "
                f"argument{'s' * (len(signature) != 1)}, not {len(children)}"
            )
    for child in children:
        _check_functions(child)
