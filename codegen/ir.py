"""The intermediate representation between the service model and the text of the modules.

Everything here is plain data, already named and documented: the renderer takes no decisions.

::

    Api
    ├── areas        one file each in types/ and operations/
    ├── structures   request, response and nested shapes, in an order in which each uses only earlier ones
    ├── enums        string shapes with a closed set of known values
    ├── operations   one method each, and a paginator for those that give a list page by page
    └── errors       one exception class each
"""

from __future__ import annotations

from enum import Enum, auto

from attrs import field, frozen


class ModelError(Exception):
    """The model, an overlay or a text is not as the generator needs it; the message says what to do."""


class Scalar(Enum):
    """The kinds of values that need no further description."""

    STRING = "str"
    INTEGER = "int"
    FLOAT = "float"
    BOOLEAN = "bool"
    BLOB = "bytes"
    TIMESTAMP = "datetime"
    DOCUMENT = "Document"


class Role(Enum):
    """What a structure is for."""

    REQUEST = auto()
    RESPONSE = auto()
    NESTED = auto()


@frozen
class Limits:
    """What the service accepts: a length in characters, bytes or items, or a range of numbers.

    Limits that are not ``told`` are checked as far as they are checked, but not put into words.
    """

    minimum: int | None = None
    maximum: int | None = None
    pattern: str | None = None
    told: bool = True


@frozen
class Simple:
    """A value of a scalar kind."""

    scalar: Scalar
    limits: Limits = Limits()


@frozen
class EnumRef:
    """A string with known values."""

    name: str
    values: tuple[str, ...]


@frozen
class StructureRef:
    """A nested structure."""

    name: str


@frozen
class ListOf:
    """A list of values of one type."""

    item: Type
    limits: Limits = Limits()


@frozen
class MapOf:
    """A map with string keys."""

    key: Type
    value: Type
    limits: Limits = Limits()


Type = Simple | EnumRef | StructureRef | ListOf | MapOf


@frozen
class Member:
    """A member of a structure."""

    wire: str
    name: str
    type: Type
    required: bool
    doc: str
    secret: bool = False
    holds_secrets: bool = False
    deprecated: bool = False
    negative_numbers: bool = False
    seldom: bool = False
    empty_when_missing: bool = False
    takes_mapping: bool = False
    """A list of attributes that is sent, for which a mapping may stand."""


@frozen
class Structure:
    """A structure; ``sent`` and ``received`` say whether a request or a response can reach it."""

    name: str
    role: Role
    area: str
    doc: str
    members: tuple[Member, ...]
    sent: bool
    received: bool
    attribute_list: str = ""
    """Name of the list of attributes that is offered as a mapping; empty where there is none."""


@frozen
class Enumeration:
    """A string shape with known values."""

    name: str
    area: str
    doc: str
    values: tuple[str, ...]


@frozen
class Error:
    """A modelled exception; ``members`` are those beyond the message, ``advice`` says what to do next."""

    name: str
    doc: str
    members: tuple[Member, ...]
    advice: str = ""


@frozen
class Pagination:
    """How an operation gives its list page by page."""

    token: Member
    """Member of the request; the one of the response has the same name."""

    limit: Member | None
    """Member of the request for the items on a page, and None where the service alone decides."""

    maximum: int
    """Most items on a page that the model allows; 0 where there is no limit member."""

    items: Member
    """Member of the response that is the list."""

    item: StructureRef
    """What the list is of."""


@frozen
class Operation:
    """An operation of the service and the method made of it."""

    name: str
    method: str
    area: str
    request: Structure
    response: Structure | None
    signed: bool
    replay_safe: bool
    errors: tuple[Error, ...]
    summary: str
    details: str
    url: str
    pagination: Pagination | None = None


@frozen
class Area:
    """A group of operations that share a file."""

    name: str
    title: str


@frozen
class Api:
    """The whole service as it is rendered."""

    areas: tuple[Area, ...]
    structures: tuple[Structure, ...]
    enums: tuple[Enumeration, ...]
    operations: tuple[Operation, ...]
    errors: tuple[Error, ...]
    target_prefix: str
    signing_name: str
    counts: dict[str, int] = field(factory=dict)
