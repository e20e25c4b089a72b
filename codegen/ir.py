"""The intermediate representation between the service model and the text of the modules.

Plain data, already named and documented, so that the renderer makes no decisions.

::

    Api
    ├── areas        one module each in types/ and operations/
    ├── structures   request, response and nested shapes; each uses only earlier ones
    ├── enums        string shapes with known values
    ├── operations   one method each, and a paginator for paginated lists
    └── errors       one exception class each
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto

from attrs import field, frozen


class ModelError(Exception):
    """The model, an input or a text needs a person's decision; the message says which, one a line."""


def raise_all(problems: Iterable[str]) -> None:
    """Raise one ModelError for all problems, if there are any."""
    text = "\n".join(problems)
    if text:
        raise ModelError(text)


class Scalar(Enum):
    """Types of single values."""

    STRING = "str"
    INTEGER = "int"
    FLOAT = "float"
    BOOLEAN = "bool"
    BLOB = "bytes"
    TIMESTAMP = "datetime"
    DOCUMENT = "Document"


class Role(Enum):
    """Role of a structure in an operation."""

    REQUEST = auto()
    RESPONSE = auto()
    NESTED = auto()


@frozen
class Limits:
    """Limits of the service: a length in characters, bytes or items, or a range of numbers.

    Limits that are not ``documented`` are validated as usual, but docstrings omit them.
    """

    minimum: int | None = None
    maximum: int | None = None
    pattern: str | None = None
    documented: bool = True


@frozen
class Simple:
    """A single value."""

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
class MapKey:
    """A known key of a map."""

    name: str
    doc: str
    url: str


@frozen
class KeySet:
    """The keys of a map for some values of the member that determines them."""

    name: str
    """Name of the TypedDict; empty if the map is only read from responses."""

    values: tuple[str, ...]
    required: tuple[str, ...]
    optional: tuple[str, ...]
    returned: tuple[str, ...]
    """Keys that only responses have."""

    @property
    def sent(self) -> tuple[str, ...]:
        """Keys of a request."""
        return (*self.required, *self.optional)


@frozen
class KeyedMap:
    """A map of strings whose keys depend on another member, the ``selector``."""

    name: str
    """Name of the member in the API, and of the type in requests."""

    member: str
    selector: str
    keys: dict[str, MapKey]
    sets: tuple[KeySet, ...]

    @property
    def is_sent(self) -> bool:
        """Whether requests have this map."""
        return any(each.name for each in self.sets)

    @property
    def received_name(self) -> str:
        """Name of the type in responses."""
        return f"Received{self.name}" if self.is_sent else self.name


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
    rare: bool = False
    empty_when_missing: bool = False
    takes_mapping: bool = False
    """Whether a request accepts a mapping in place of this list of attributes."""

    keyed: KeyedMap | None = None
    """The known keys of a map."""


@frozen
class Structure:
    """A structure; ``sent`` and ``received`` mean that a request or a response contains it."""

    name: str
    role: Role
    area: str
    doc: str
    members: tuple[Member, ...]
    sent: bool
    received: bool
    attribute_list: str = ""
    """Name of the list of attributes behind ``attribute_map``; empty if there is none."""


@frozen
class Enumeration:
    """A string shape with known values."""

    name: str
    area: str
    doc: str
    values: tuple[str, ...]


@frozen
class Error:
    """A modeled exception; ``members`` excludes the message, ``advice`` is what to do next."""

    name: str
    doc: str
    members: tuple[Member, ...]
    advice: str = ""


@frozen
class Pagination:
    """Members of an operation that paginate its list."""

    token: Member
    """Token member of the request; that of the response has the same name."""

    limit: Member | None
    """Page size member of the request; None if there is none."""

    maximum: int
    """Largest page size of the model; 0 if there is no page size."""

    items: Member
    """Member of the response with the items."""

    item: StructureRef
    """Type of the items."""


@frozen
class Quota:
    """A quota category: operations that share a rate."""

    name: str
    rate: int
    """Requests per second by default, for one account and Region."""

    adjustable: bool
    per_pool: int | None
    """Requests per second for one operation and one pool; None if pools have no quota of their own."""

    operations: tuple[str, ...]
    url: str


@frozen
class Challenges:
    """How responses to challenges count toward quotas."""

    operations: tuple[str, ...]
    factor: int
    """Their own rate, as a multiple of that of their category."""

    categories: tuple[tuple[str, str], ...]
    """Challenges whose responses count toward another category."""


@frozen
class Operation:
    """An operation of the service and its method."""

    name: str
    method: str
    area: str
    request: Structure
    response: Structure | None
    signed: bool
    idempotent: bool
    errors: tuple[Error, ...]
    common_errors: tuple[Error, ...]
    """Errors of this operation that most operations of its kind, signed or unsigned, can raise too."""

    summary: str
    details: str
    url: str
    pagination: Pagination | None = None
    quota: Quota | None = None

    @property
    def specific_errors(self) -> tuple[Error, ...]:
        """Errors that are not common."""
        return tuple(error for error in self.errors if error not in self.common_errors)


@frozen
class Area:
    """A group of operations that share a module."""

    name: str
    title: str


@frozen
class Api:
    """The whole service."""

    areas: tuple[Area, ...]
    structures: tuple[Structure, ...]
    enums: tuple[Enumeration, ...]
    operations: tuple[Operation, ...]
    errors: tuple[Error, ...]
    target_prefix: str
    signing_name: str
    quotas: tuple[Quota, ...]
    challenges: Challenges
    keyed_maps: tuple[KeyedMap, ...] = ()
    counts: dict[str, int] = field(factory=dict)
