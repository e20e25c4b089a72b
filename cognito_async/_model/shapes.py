"""Base classes of the generated shapes, and what belongs to every response and operation.

::

    Shape                 from_wire, to_wire, to_json
    ├── Request[R]        has an Operation; ``client.send`` returns an R
    ├── HasAttributes     has a list of attributes, and offers it as a mapping
    └── Response          carries ResponseMetadata
        └── EmptyResponse of operations without output
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    Literal,
    NamedTuple,
    NoReturn,
    Self,
    TypeAlias,
    TypeVar,
)

from cognito_async._hints import compiled_when_used, missing_member, not_a_container, not_subscriptable
from cognito_async._model.record import Record, field, frozen

if TYPE_CHECKING:
    from cognito_async.attributes import Attributes  # loaded when first used

AttributeMapping: TypeAlias = Mapping[str, str | bool | int | date | None]
"""Attributes by name, in place of a list of ``AttributeType``.

Every value is text in the API, in the form that OpenID Connect prescribes. Strings are sent unchanged, True
and False as ``true`` and ``false``, numbers in decimal, dates such as ``birthdate`` as ``2001-12-31``; a
datetime with time zone is accepted for ``updated_at``, and sent as seconds since 1970. An attribute whose
value is None is not sent, and so keeps its value. The ``attribute_map`` of a response is accepted, but it
always contains ``sub``, which is read-only: ``{**user.attribute_map, "sub": None}``.
"""


class Shape(Record):
    """Base of all request, response and nested shapes, which are attrs classes.

    No shape is hashable: most have lists.
    """

    __slots__ = ()

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any], *, unknown: Literal["error", "ignore"] = "error") -> Self:
        """Create the shape from the wire form: the dicts that boto3 accepts and returns, or parsed JSON.

        Args:
            wire: Members by their names in the API. Blobs are ``bytes`` or base64; timestamps are aware
                datetimes, ISO 8601 text or seconds since 1970.
            unknown: Whether members that this release does not know are an error, or ignored: those of a
                dict that a newer release has stored.

        Raises:
            InvalidRequestError: A member is unknown, missing or of the wrong type; names its path.
        """
        from cognito_async._codec.codec import from_wire  # noqa: PLC0415  loads the codec when first needed

        return from_wire(cls, wire, unknown=unknown)

    def to_wire(self, *, json: bool = False) -> dict[str, Any]:
        """Return the wire form as plain Python objects, without the members that are None.

        Secrets such as tokens are included.

        Args:
            json: Whether ``json.dumps`` must accept the result: timestamps are ISO 8601 text in UTC, and
                blobs are base64. Otherwise they are datetimes and ``bytes``, as in boto3.

        Raises:
            InvalidRequestError: A member has a value that its type does not allow; names its path.
        """
        from cognito_async._codec.codec import to_wire  # noqa: PLC0415  loads the codec when first needed

        return to_wire(self, json=json)

    def to_json(self) -> str:
        """Return ``to_wire(json=True)`` as a JSON document; ``from_wire(json.loads(text))`` reads it.

        Secrets such as tokens are included.

        Raises:
            InvalidRequestError: A member has a value that its type does not allow; names its path.
        """
        from cognito_async._codec.codec import to_json  # noqa: PLC0415  loads the codec when first needed

        return to_json(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> Any:
        """Let pydantic and FastAPI take the shape as a type: see ``cognito_async._codec.pydantic_schema``."""
        from cognito_async._codec.pydantic_schema import core_schema  # noqa: PLC0415  only pydantic needs it

        return core_schema(cls)

    if not TYPE_CHECKING:  # errors for code that uses a shape as one of boto3's dicts
        __iter__ = None  # otherwise __getitem__ would make it iterable

        def __getitem__(self, key: object) -> NoReturn:
            raise not_subscriptable(self, key)

        def __contains__(self, key: object) -> NoReturn:
            raise not_a_container(self, key)


class HasAttributes(Shape):
    """Base of the response shapes that have a list of attributes."""

    __slots__ = ()

    if not TYPE_CHECKING:  # editors would offer it among the members
        _attribute_list = ""

    @property
    def attribute_map(self) -> Attributes:
        """Attributes by name: text as the service sent it, ``email_verified`` and the like as bool.

        Created anew on each access. See ``cognito_async.attributes``.
        """
        from cognito_async.attributes import Attributes  # noqa: PLC0415  most programs never need it

        name: str = getattr(self, "_attribute_list")  # noqa: B009  hidden from type checkers
        return Attributes(getattr(self, name) or ())


@frozen(kw_only=True)
class ResponseMetadata(Record):
    """HTTP status, headers and attempts of a response.

    Not part of ``repr`` or ``==`` of the response that carries it. Not hashable.
    """

    __hash__ = None  # type: ignore[assignment]

    request_id: str | None = None
    """Id that AWS support needs; None if the service sent none."""

    http_status: int = 200
    """HTTP status code."""

    headers: Mapping[str, str] = field(factory=dict, repr=False)
    """Response headers, names in lower case."""

    attempts: int = 1
    """Number of requests sent, including the first."""

    retry_reasons: tuple[str, ...] = ()
    """Why each attempt but the last failed, such as ``("TooManyRequestsException",)``."""


@frozen(kw_only=True)
class Response(Shape):
    """Base of all responses."""

    response_metadata: ResponseMetadata = field(factory=ResponseMetadata, repr=False, eq=False)
    """HTTP status, headers and attempts; a default one on responses that no service sent."""

    def to_wire(self, *, json: bool = False, metadata: bool = False) -> dict[str, Any]:
        """Return the wire form as plain Python objects, without the members that are None.

        Secrets such as tokens are included.

        Args:
            json: Whether ``json.dumps`` must accept the result: timestamps are ISO 8601 text in UTC, and
                blobs are base64. Otherwise they are datetimes and ``bytes``, as in boto3.
            metadata: Whether to add the ``ResponseMetadata`` of boto3.

        Raises:
            InvalidRequestError: A member has a value that its type does not allow; names its path.
        """
        from cognito_async._codec.codec import response_to_wire  # noqa: PLC0415  loads the codec when first needed

        return response_to_wire(self, json=json, metadata=metadata)

    if not TYPE_CHECKING:

        def __init_subclass__(cls, *, hints: bool = True) -> None:
            if hints:  # the decoder's own classes have none: Python code would run for each absent member
                cls.__getattr__ = missing_member


# Python's errors about wrong arguments name the function; the class in front would be a private one.
Shape.from_wire.__func__.__qualname__ = "from_wire"  # type: ignore[attr-defined]
Shape.to_wire.__qualname__ = Response.to_wire.__qualname__ = "to_wire"
Shape.to_json.__qualname__ = "to_json"

# Assignment to a frozen instance raises; setting the slot itself does not.
set_metadata: Callable[[object, ResponseMetadata], None] = vars(Response)["response_metadata"].__set__


@frozen(kw_only=True)
class EmptyResponse(Response):
    """Response of operations without output."""


ResponseT_co = TypeVar("ResponseT_co", bound=Response, covariant=True)


class Operation(NamedTuple):
    """Facts about an operation that the client needs."""

    name: str
    """Name in the API, such as ``AdminGetUser``."""

    response: type[Any]
    """Class of the response."""

    signed: bool = True
    """Whether the request is signed with AWS credentials. The others carry a token or secret of their own."""

    idempotent: bool = True
    """Whether it may be sent again after a first request that may have arrived."""

    quota: str | None = None
    """Category of its request rate quota, such as ``UserRead``; None if AWS lists none for it."""


class Request(Shape, Generic[ResponseT_co]):
    """Base of all requests; ``R`` of ``Request[R]`` is the class of the response."""

    __slots__ = ()

    operation: ClassVar[Operation]

    if not TYPE_CHECKING:

        def __init_subclass__(cls) -> None:
            # attrs creates each class twice, because of its slots; the second one has the final __init__.
            if "__init__" in vars(cls):
                compiled_when_used(cls, "__init__")


class Operations:
    """Base of the generated mixins: declares the client's method that they call."""

    __slots__ = ()

    async def send(self, request: Request[ResponseT_co]) -> ResponseT_co:
        """Send a request and return its response."""
        raise NotImplementedError
