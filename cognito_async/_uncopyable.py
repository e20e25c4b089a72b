"""Base of objects that cannot be pickled or copied, because they use connections or a process."""

from __future__ import annotations

from typing import ClassVar, NoReturn, SupportsIndex


class Uncopyable:
    """Raises a ``TypeError`` that says what to do, for pickle, ``copy.copy`` and ``copy.deepcopy``."""

    __slots__ = ()

    _instead: ClassVar[str]
    """Why not, and what to do instead; the end of the message."""

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        raise TypeError(f"{type(self).__name__} cannot be pickled or copied: {self._instead}")
