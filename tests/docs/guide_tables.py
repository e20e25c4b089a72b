"""Generates tables of the guide from the code; run as a script, it writes them into the pages.

Each table is between ``<!-- from the code: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import attrs

from cognito_async import CognitoClient, _errors, retry, types
from cognito_async._cli.options import setting_docs
from cognito_async._endpoints.quotas import QUOTAS
from cognito_async._errors import service
from cognito_async.config import Config
from cognito_async.credentials._refreshing import ADVISORY_REFRESH, MANDATORY_REFRESH, RETRY_AFTER
from cognito_async.integrations._responses import TABLE
from cognito_async.operations import METHODS, pagination
from cognito_async.pagination import Paginator
from support.markdown import table

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
PLACE = re.compile(r"(<!-- from the code: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
FIXED = "max_response_size"
"""The one value of Config that cannot be set."""

MORE_VARIABLES = {
    "ca_bundle": ("REQUESTS_CA_BUNDLE",),
    "proxy": ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"),
}
"""Environment variables that are not those of the AWS SDKs."""


def page(name: str) -> str:
    """Return the text of a page."""
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def _markdown(text: str) -> str:
    """Return the text of a docstring as Markdown, on one line."""
    text = re.sub(r":\w+:`[\w.]+?(\w+)`", r"`\1`", text)
    return re.sub(r"\s+", " ", text.replace("``", "`")).strip()


def section(documented: object, title: str) -> dict[str, str]:
    """Return the entries of a section of a docstring, such as ``Args:`` or ``Attributes:``."""
    match = re.search(rf"^{title}:\n((?: .*\n|\n)+)", f"{inspect.getdoc(documented)}\n", re.MULTILINE)
    if match is None:
        return {}
    entries = re.findall(r"^(\w+): (.*(?:\n .*)*)", textwrap.dedent(match[1]), re.MULTILINE)
    return {name: _markdown(text) for name, text in entries}


def settings() -> str:
    """All settings: arguments of the client, and those that only variables and files can set."""
    arguments = inspect.signature(CognitoClient).parameters
    meanings = section(CognitoClient, "Args")
    meanings |= {name: _markdown(text) for name, text in setting_docs().items()}
    declared = {field.name: field for field in attrs.fields(Config) if field.name != "sources"}
    rows = [("Argument", "Default", "Meaning, and where else it can be set")]
    for name in [*arguments, *(name for name in declared if name not in arguments)]:
        if name == FIXED:
            continue
        facts = declared[name].metadata if name in declared else {"variables": (), "key": None}
        default = declared[name].default if name in declared else arguments[name].default
        variables = (*facts["variables"], *MORE_VARIABLES.get(name, ()))
        lines = [meanings[name]]
        if variables:
            lines.append(f"Environment: {', '.join(f'`{variable}`' for variable in variables)}")
        if facts["key"]:
            lines.append(f"Shared files: `{facts['key']}`")
        rows.append(
            (
                f"`{name}`" if name in arguments else "no argument",
                "" if default is None else f"`{default!r}`",
                "<br>".join(lines),
            )
        )
    largest = declared[FIXED].default
    return f"{table(rows)}\n\nA response of more than {largest // 2**20} MiB raises an error; this limit is fixed."


def shown_config() -> str:
    """Output of the example on the page."""
    from cognito_async.config._resolve import resolve_config

    variables = {"AWS_REGION": "eu-west-1", "AWS_MAX_ATTEMPTS": "5"}
    return f"```text\n{resolve_config({'read_timeout': 30}, variables)}\n```"


def operation_of(method: str) -> Any:
    """Return the ``Operation`` of a method."""
    match = re.search(r"types\.(\w+Request)\(", inspect.getsource(getattr(CognitoClient, method)))
    if match is None:
        raise LookupError(f"{method} sends no request")
    return getattr(types, match[1]).operation


def unsigned() -> str:
    """Operations that need no AWS credentials, by area."""
    areas = tomllib.loads((ROOT / "codegen" / "inputs" / "areas.toml").read_text(encoding="utf-8"))
    rows = [("Area", "Methods")]
    for (area, _mixin), methods in METHODS.items():
        names = [method for method in methods if not operation_of(method).signed]
        if names:
            rows.append((areas[area]["title"], ", ".join(f"`{name}`" for name in names)))
    return table(rows)


def refreshing() -> str:
    """When credentials are refreshed."""
    rows = [
        ("Time left", "What a signed call does"),
        (f"more than {ADVISORY_REFRESH // 60} minutes", "uses the credentials"),
        (
            f"{MANDATORY_REFRESH // 60} to {ADVISORY_REFRESH // 60} minutes",
            "uses them; new ones are fetched in the background",
        ),
        (
            f"less than {MANDATORY_REFRESH // 60} minutes",
            "waits for new ones; if that fails, uses the old ones until they expire",
        ),
        ("none", "waits for new ones; if that fails, raises `CredentialsError`"),
    ]
    return f"{table(rows)}\n\nAfter a failed fetch, credentials that are still valid are used for {RETRY_AFTER} seconds before the next attempt."


def tree() -> str:
    """The tree of the hand-written exceptions, from their docstring."""
    match = re.search(r"::\n\n(.*?)\n\n\S", _errors.__doc__ or "", re.DOTALL)
    if match is None:
        raise LookupError("no tree in the docstring")
    text = textwrap.dedent(match[1]).replace("``", "")
    return f"```text\n{text}\n```"


def error_attributes() -> str:
    """Attributes and properties of the exceptions."""
    rows = [("On", "Attribute", "Meaning")]
    kinds = [getattr(_errors, name) for name in _errors.__all__]
    for kind in kinds:
        attributes = section(kind, "Attributes")
        attributes |= {
            name: _markdown(value.__doc__ or "")
            for name, value in vars(kind).items()
            if isinstance(value, property)
        }
        for number, (name, text) in enumerate(attributes.items()):
            rows.append((f"`{kind.__name__}`" if number == 0 else "", f"`{name}`", text))
    return table(rows)


def retry_numbers() -> str:
    """Delays, limits and tokens of the retries."""
    fields = attrs.fields_dict(Config)

    def seconds(number: float) -> str:
        return f"{number:g} s"

    rows = [
        ("Number", "Value", "Setting"),
        ("Requests for one call, at most", str(fields["max_attempts"].default), "`max_attempts`"),
        ("Timeout of a whole call", seconds(fields["timeout"].default), "`timeout`"),
        ("First delay, at most", seconds(retry._BASE_DELAY), ""),
        ("First delay after throttling, at most", seconds(retry._THROTTLING_BASE_DELAY), ""),
        ("Any delay, at most", seconds(retry._MAX_DELAY), ""),
        ("Tokens of a new client", str(retry._RETRY_QUOTA), ""),
        ("Cost of a retry, in tokens", str(retry._RETRY_COST), ""),
        ("Cost of a retry after throttling", str(retry._THROTTLING_COST), ""),
        ("Tokens for a success without retry", str(retry._SUCCESS_REFUND), ""),
        ("Corrected difference of the clocks", f"from {seconds(retry._MAX_CLOCK_SKEW)}", ""),
    ]  # fmt: skip
    return table(rows)


def retried() -> str:
    """Which failures are retried."""
    listed = {
        name: ", ".join(f"`{code}`" for code in sorted(map(str, codes)))
        for name, codes in (
            ("throttling", service.THROTTLING_CODES),
            ("codes", service.TRANSIENT_CODES - service.THROTTLING_CODES),
            ("statuses", service.TRANSIENT_STATUSES),
            ("skew", retry._SKEW_CODES),
        )
    }
    rows = [
        ("Failure", "Retried"),
        ("connection refused, host not found, proxy not reachable, connect timeout", "always"),
        (f"throttling: {listed['throttling']}, or status 429 with a code that is not in the model", "always"),
        ("connection lost, or `read_timeout`", "if idempotent"),
        (f"status {listed['statuses']}", "if idempotent"),
        (f"codes {listed['codes']}", "if idempotent"),
        (f"a rejected signature while the clocks differ: {listed['skew']}", "once, with a new signature"),
        ("`LimitExceededException`, also with status 429: a quota or a lockout", "never"),
        ("all other errors of the service; TLS; an invalid response; the end of `timeout`", "never"),
    ]
    return table(rows)


def single_use() -> str:
    """Operations that are not idempotent."""
    names = [
        method for methods in METHODS.values() for method in methods if not operation_of(method).idempotent
    ]
    return "\n".join(f"- `{name}`" for name in names)


def paginators() -> list[type[Paginator[Any, Any]]]:
    """Return all paginators, sorted by operation."""
    kinds = [getattr(pagination, name) for name in pagination.__all__ if name.endswith("Paginator")]
    return sorted(kinds, key=lambda kind: kind.pagination.operation)


def lists() -> str:
    """All paginated lists."""
    own = tomllib.loads((ROOT / "codegen" / "inputs" / "paginators.toml").read_text(encoding="utf-8"))
    methods = {operation_of(method).name: method for methods in METHODS.values() for method in methods}
    rows = [("Operation", "boto3", "Page", "Items")]
    for kind in paginators():
        facts = kind.pagination
        item = get_args(kind.__orig_bases__[0])[1]  # type: ignore[attr-defined]
        name = getattr(item, "__forward_arg__", item).removeprefix("types.")
        rows.append(
            (
                f"`{methods[facts.operation]}`",
                "no" if facts.operation in own else "yes",
                str(facts.maximum) if facts.limit else "",
                f"`{name}` in `{facts.items}`",
            )
        )
    return table(rows)


def attribute_members() -> str:
    """Members with user attributes."""
    rows = [("Shape", "Member", "How")]
    for name in types.__all__:
        annotations = (
            inspect.get_annotations(getattr(types, name)) if inspect.isclass(getattr(types, name)) else {}
        )
        for member, annotation in annotations.items():
            if re.search(r"\bAttributeType\b", str(annotation)):
                how = "accepts a dict" if name.endswith("Request") else "`attribute_map`"
                rows.append((f"`{name}`", f"`{member}`", how))
    return table([rows[0], *sorted(rows[1:], key=lambda row: (row[2] != "accepts a dict", row))])


def error_responses() -> str:
    """The response for each error, in an application with error handlers."""
    rows = [("Status", "`detail`", "Errors")]
    for status, text, names in TABLE:
        errors = ", ".join(f"`{name}`" for name in names.split())
        rows.append((str(status.value), text, errors))
    return table(rows)


def quotas() -> str:
    """Rates of the quota categories."""
    rows = [("Category", "Requests per second", "For one pool", "Adjustable", "Operations")]
    methods = [method for methods in METHODS.values() for method in methods]
    for quota in QUOTAS.values():
        names = [f"`{method}`" for method in methods if operation_of(method).quota == quota.name]
        rows.append(
            (
                f"`{quota.name}`",
                str(quota.rate),
                str(quota.per_pool or ""),
                "yes" if quota.adjustable else "no",
                ", ".join(names) or "none; responses of identity providers",
            )
        )
    return table(rows)


TABLES: dict[str, Callable[[], str]] = {
    function.__name__: function
    for function in (
        settings,
        shown_config,
        unsigned,
        refreshing,
        tree,
        error_attributes,
        retry_numbers,
        retried,
        single_use,
        lists,
        attribute_members,
        error_responses,
        quotas,
    )
}


def current(text: str) -> str:
    """Return the text of a page with current tables."""
    return PLACE.sub(lambda place: f"{place[1]}\n{TABLES[place[2]]()}\n\n{place[3]}", text)


def tables_on(pages: Sequence[Path]) -> list[str]:
    """Return the names of the tables on pages."""
    return [name for page in pages for _, name, _ in PLACE.findall(page.read_text(encoding="utf-8"))]


def main() -> None:
    """Write the pages with tables."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if (new := current(text)) != text:
            page.write_text(new, encoding="utf-8")
            sys.stdout.write(f"{page.relative_to(ROOT)}: written\n")


if __name__ == "__main__":
    main()
