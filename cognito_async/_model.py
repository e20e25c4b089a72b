"""What generated shapes are made of: requests, responses, their facts and their metadata.

::

    Shape                 from_wire, to_wire
    ├── Request[R]        knows its Operation; ``client.send`` turns it into an R
    ├── HasAttributes     has a list of attributes, and offers it as a mapping
    └── Response          carries ResponseMetadata
        └── EmptyResponse of operations without output
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Generic,
    NamedTuple,
    Self,
    TypeAlias,
    TypeVar,
)

from cognito_async._record import Record, field
from cognito_async._record import frozen as frozen  # noqa: PLC0414  for the generated modules

if TYPE_CHECKING:
    from cognito_async.attributes import Attributes  # loaded by those who use it

MASK = "'***'"


def mask(value: object) -> str:
    """Text that stands for a secret in ``repr`` and in errors; tells only whether there is one."""
    return "None" if value is None else MASK


def mask_unless_shape(value: object) -> str:
    """Text for a member whose shape masks its own secrets; a plain dict in its place is masked whole."""
    if value is None or isinstance(value, Shape):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(mask_unless_shape(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {mask_unless_shape(part)}' for key, part in value.items())}}}"
    return MASK


class AtLeast(NamedTuple):
    """Lower bound in an annotation: characters of a string, items of a list, or the number itself."""

    minimum: int


class Wire(NamedTuple):
    """Wire name in an annotation, for members whose snake case does not lead back to it."""

    name: str


class _Document:
    """Marks a member as a document: any JSON value, passed on as it is."""


class _NegativeNumbers:
    """Allows negative numbers in a document."""


NEGATIVE_NUMBERS = _NegativeNumbers()


class _Seldom:
    """Marks a member that the service hardly ever sends."""


SELDOM = _Seldom()


class _Attributes:
    """Marks a list of attributes for which a mapping may stand."""


ATTRIBUTES = _Attributes()

AttributeMapping: TypeAlias = Mapping[str, str | bool | int | None]
"""Attributes by name, in place of a list of ``AttributeType``.

Text is sent as it is, True and False as ``true`` and ``false``, numbers in decimal; the API has text only.
What is None is not sent, and so keeps the value it has. An ``attribute_map`` of an answer can be given back;
``sub`` is in every one of them and cannot be written: ``{**user.attribute_map, "sub": None}``.
"""

Document: TypeAlias = Annotated[Any, _Document()]
"""Any JSON value: None, bool, int, finite float, str, or lists and string-keyed dicts of these."""


def is_document(marks: tuple[object, ...]) -> bool:
    """Whether these marks of an ``Annotated`` make it a document."""
    return any(isinstance(mark, _Document) for mark in marks)


class Shape(Record):
    """Base of all request, response and nested shapes, which are attrs classes."""

    __slots__ = ()

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Self:
        """Make the shape from the wire form: the dicts that boto3 takes and returns.

        Blobs are ``bytes``; timestamps are aware datetimes or seconds since 1970.

        Raises:
            InvalidRequestError: A member is unknown, missing or of the wrong type; names its path.
        """
        from cognito_async._codec import from_wire  # noqa: PLC0415  loads the codec when first needed

        return from_wire(cls, wire)

    def to_wire(self) -> dict[str, Any]:
        """Return the wire form as plain Python, without the members that are None.

        Raises:
            InvalidRequestError: A member holds what its type does not allow; names its path.
        """
        from cognito_async._codec import to_wire  # noqa: PLC0415  loads the codec when first needed

        return to_wire(self)


class HasAttributes(Shape):
    """Base of the shapes of answers that have a list of attributes."""

    __slots__ = ()

    _attribute_list: ClassVar[str]

    @property
    def attribute_map(self) -> Attributes:
        """The attributes by name: text as the service sent it, but ``email_verified`` and the like as bool.

        Made anew at every access. See ``cognito_async.attributes``.
        """
        from cognito_async.attributes import Attributes  # noqa: PLC0415  most programs never ask

        return Attributes(getattr(self, self._attribute_list) or ())


@frozen(kw_only=True)
class ResponseMetadata(Record):
    """How the service answered.

    Not part of ``repr`` or ``==`` of the response it belongs to.
    """

    request_id: str | None = None
    """Id that AWS support asks for; None when the service sent none."""

    http_status: int = 200
    """HTTP status code."""

    headers: Mapping[str, str] = field(factory=dict, repr=False)
    """Response headers, names in lower case."""

    attempts: int = 1
    """Requests it took, the first one included."""

    retry_reasons: tuple[str, ...] = ()
    """Why each attempt but the last failed, such as ``("TooManyRequestsException",)``."""


@frozen(kw_only=True)
class Response(Shape):
    """Base of all responses."""

    response_metadata: ResponseMetadata = field(factory=ResponseMetadata, repr=False, eq=False)
    """How the service answered; a default one on responses that no service sent."""


# A frozen instance refuses assignment; the slot itself does not.
set_metadata: Callable[[object, ResponseMetadata], None] = vars(Response)["response_metadata"].__set__


@frozen(kw_only=True)
class EmptyResponse(Response):
    """Answer of operations that return nothing but the fact that they worked."""


ResponseT_co = TypeVar("ResponseT_co", bound=Response, covariant=True)


class Operation(NamedTuple):
    """What the client has to know about an operation."""

    name: str
    """Name in the API, such as ``AdminGetUser``."""

    response: type[Any]
    """Class of the answer."""

    signed: bool = True
    """Whether the request needs AWS credentials; the others prove themselves by what they carry."""

    replay_safe: bool = True
    """Whether it may be sent again after a first request that may have arrived."""


class Request(Shape, Generic[ResponseT_co]):
    """Base of all requests; ``R`` of ``Request[R]`` is the class of the answer."""

    __slots__ = ()

    operation: ClassVar[Operation]


class Operations:
    """Base of the generated mixins: what their methods need of the client."""

    __slots__ = ()

    async def send(self, request: Request[ResponseT_co]) -> ResponseT_co:
        """Send a request and return its response."""
        raise NotImplementedError
