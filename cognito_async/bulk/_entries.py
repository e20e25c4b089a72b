"""Users in files: JSON Lines, and the CSV form of an import job.

The rules of the CSV form are those of AWS: no quotation marks, a backslash before a comma within a value, one
line for each user, dates of birth as mm/dd/yyyy, no white space around values. AWS does not say how a
backslash within a value is written; here it is doubled, which has not been tried with an import job.
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-using-import-tool-csv-header.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from cognito_async._errors import InvalidRequestError
from cognito_async._messages import safe_repr
from cognito_async.types import AttributeMapping, UserType

Format: TypeAlias = Literal["jsonl", "csv"]

USERNAME = "cognito:username"
MFA_ENABLED = "cognito:mfa_enabled"
READ_ONLY = frozenset({"sub", "identities", USERNAME, MFA_ENABLED})
"""Names in files that are no attributes, or that cannot be set."""

_STANDARD = frozenset(
    (
        "address",
        "birthdate",
        "email",
        "email_verified",
        "family_name",
        "gender",
        "given_name",
        "locale",
        "middle_name",
        "name",
        "nickname",
        "phone_number",
        "phone_number_verified",
        "picture",
        "preferred_username",
        "profile",
        "updated_at",
        "website",
        "zoneinfo",
    )
)
_VERIFIED = ("email_verified", "phone_number_verified")
_BIRTHDATE = "birthdate"
_DATE = re.compile(r"\A([0-9]{4})-([0-9]{2})-([0-9]{2})\Z")
_CSV_DATE = re.compile(r"\A([0-9]{2})/([0-9]{2})/([0-9]{4})\Z")
_TOKEN = re.compile(r"[^\\,]+|,|\\.?", re.DOTALL)
_LINE_BREAK = re.compile(r"\r\n?|\n")
_SURROGATE = re.compile("[\ud800-\udfff]")
_EXPECTED = 'expected {"username": "...", "attributes": {...}}'


class EntryError(ValueError):
    """A line is not a user."""


@frozen(kw_only=True)
class ImportEntry:
    """A user in the file of an import."""

    line: int
    """Number of the line in the file, from 1."""

    username: str
    """Username in the file."""

    attributes: AttributeMapping
    """Attributes that can be set: without ``sub`` and ``identities``."""

    status: str | None = None
    """Status in the pool of the export, such as ``CONFIRMED``; None if unknown."""

    enabled: bool = True
    """Whether the user may sign in."""

    groups: Sequence[str] = ()
    """Names of the user's groups."""

    data: Mapping[str, Any] = field(factory=dict, repr=False)
    """Everything in the line, for values of your own."""


def format_of(path: Path, name: str | None, function: str) -> Format:
    """Return the format: as named, or by the suffix of the file.

    Raises:
        InvalidRequestError: It is unknown.
    """
    found = path.suffix.lower().removeprefix(".") if name is None else name
    if found == "csv":
        return "csv"
    if found in ("jsonl", "ndjson"):
        return "jsonl"
    problem = f"format: expected jsonl or csv, got {safe_repr(name)}"
    if name is None:
        problem = f"format: the suffix of {path.name} is neither .jsonl nor .csv; pass format="
    raise InvalidRequestError(function, [problem])


def json_line(data: Mapping[str, Any]) -> str:
    """Return a line of a JSON Lines file."""
    return json.dumps(data, ensure_ascii=False) + "\n"


def user_as_json(user: UserType, groups: Sequence[str] | None) -> dict[str, Any]:
    """Return everything about a user that ListUsers returns, and the groups if they are known."""
    data: dict[str, Any] = {
        "username": user.username,
        "status": user.user_status,
        "enabled": user.enabled,
        "created": user.user_create_date.isoformat(),
        "modified": user.user_last_modified_date.isoformat(),
        "attributes": dict(user.attribute_map),
    }
    if user.mfa_options:
        data["mfa_options"] = [option.to_wire() for option in user.mfa_options]
    if groups is not None:
        data["groups"] = list(groups)
    return data


def entry_as_json(entry: ImportEntry) -> dict[str, Any]:
    """Return a user of a file in the form of an export, without other values: they may be secrets."""
    return {
        "username": entry.username,
        "status": entry.status,
        "enabled": entry.enabled,
        "attributes": dict(entry.attributes),
        "groups": list(entry.groups),
    }


def created_sub(entry: ImportEntry) -> str | None:
    """Return ``sub`` of the user if the line failed in an earlier import after its user was created."""
    match entry.data:
        case {"failure": {"created": str(sub)}}:
            return sub
        case _:
            return None


def csv_line(values: Sequence[str]) -> str:
    """Return a line of a CSV file.

    Line breaks within values become spaces, and halves of surrogate pairs, which UTF-8 cannot have, U+FFFD.
    """
    return ",".join(_escaped(value) for value in values) + "\n"


def user_as_csv(user: UserType, columns: Sequence[str]) -> str:
    """Return the line of a user, with the columns of GetCSVHeader."""
    values: dict[str, str | bool] = dict.fromkeys(_VERIFIED, False)
    values |= user.attribute_map
    values[_BIRTHDATE] = _DATE.sub(r"\2/\3/\1", _text(values.get(_BIRTHDATE, "")))
    values |= {USERNAME: user.username, MFA_ENABLED: bool(user.mfa_options)}
    return csv_line([_text(values.get(name, "")) for name in columns])


def csv_values(line: str) -> list[str]:
    """Return the values of a line of a CSV file."""
    values = [""]
    for part in _TOKEN.findall(line.rstrip("\r\n")):
        if part == ",":
            values.append("")
        else:
            values[-1] += part[1:] if len(part) == 2 and part[0] == "\\" else part  # noqa: PLR2004
    return values


def entry_of_json(number: int, line: str) -> ImportEntry:
    """Return the user in a line of JSON.

    Raises:
        EntryError: There is none.
    """
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise EntryError(f"not JSON: {error}") from None
    match data:
        case {"username": str(username), "attributes": dict(attributes)} if username:
            status, enabled, groups = data.get("status"), data.get("enabled", True), data.get("groups", ())
        case _:
            raise EntryError(_EXPECTED)
    if not isinstance(status, str | None) or not isinstance(enabled, bool):
        raise EntryError("status: expected text; enabled: expected true or false")
    if not isinstance(groups, list | tuple) or not all(isinstance(each, str) for each in groups):
        raise EntryError("groups: expected a list of names")
    return ImportEntry(
        line=number,
        username=username,
        attributes={name: value for name, value in attributes.items() if name not in READ_ONLY},
        status=status,
        enabled=enabled,
        groups=tuple(groups),
        data=data,
    )


def entry_of_csv(number: int, line: str, columns: Sequence[str]) -> ImportEntry:
    """Return the user in a line of CSV.

    Raises:
        EntryError: There is none.
    """
    values = csv_values(line)
    if len(values) != len(columns):
        raise EntryError(
            f"{len(values)} values for {len(columns)} columns; a comma within a value needs a backslash"
        )
    data = dict(zip(columns, values, strict=True))
    trimmed = {name: value.strip() for name, value in data.items()}
    if not trimmed[USERNAME]:
        raise EntryError(f"no {USERNAME}")
    attributes: dict[str, str | bool] = {
        name: value for name, value in trimmed.items() if value and _is_attribute(name)
    }
    if _BIRTHDATE in attributes:
        attributes[_BIRTHDATE] = _CSV_DATE.sub(r"\3-\1-\2", trimmed[_BIRTHDATE])
    for name in _VERIFIED:
        contact = name.removesuffix("_verified")
        if name in attributes and contact in attributes:
            attributes[name] = trimmed[name].lower() == "true"
        else:  # verified or not, there is nothing to verify
            attributes.pop(name, None)
    return ImportEntry(line=number, username=trimmed[USERNAME], attributes=attributes, data=data)


def _is_attribute(column: str) -> bool:
    """Return whether a column is an attribute; any other is a value of the caller, such as a password."""
    return column in _STANDARD or (":" in column and column not in READ_ONLY)


def _text(value: str | bool) -> str:  # noqa: FBT001  a value, not a flag
    return value if isinstance(value, str) else str(value).lower()


def _escaped(value: str) -> str:
    line = _SURROGATE.sub("\ufffd", _LINE_BREAK.sub(" ", value))
    return line.replace("\\", "\\\\").replace(",", "\\,")
