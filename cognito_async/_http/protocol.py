"""The protocol of our connections: aiohttp's, which can also pass a response straight to its reader."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError

_SWITCHING_PROTOCOLS = 101
_INFORMATIONAL = range(100, 200)
_READ_SIZE = 1 << 16


class _ReadBuffer(threading.local):
    """Takes what a socket receives, until the protocol has it: the event loop calls nothing else between."""

    def __init__(self) -> None:
        self.view = memoryview(bytearray(_READ_SIZE))


_read_buffer = _ReadBuffer()


class DirectProtocol(ResponseHandler, asyncio.BufferedProtocol):
    """aiohttp's protocol with three additions.

    Event loops read into the buffer of their thread. Without a buffer, asyncio allocates 256 kB for each read
    and gives most of it back, over TLS twice for a response: up to 20 us each time.

    A request that waits with ``response`` gets its response from the parser directly, without aiohttp's queue
    and its timers. Bytes that come when no request waits for any close the connection. Otherwise the protocol
    does what aiohttp's does, also with the bytes of a body after the first ones.

    An error of the parser is passed on to the body that is being read. aiohttp's parser in C does not: after
    an invalid chunk, a reader would wait until its timeout.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._reader: asyncio.Future[Any] | None = None
        self._is_direct = False

    def response(self, *, skip_payload: bool = False) -> asyncio.Future[Any]:
        """Return a future for the next final response: head and body, as aiohttp's parser returns them.

        Each response has a parser of its own: what one has parsed of bytes after its response, such as half a
        head, must not become part of the next response.
        """
        self._is_direct = True
        self._reader = reader = self._loop.create_future()
        # Parses what the server has sent already.
        self.set_response_params(skip_payload=skip_payload, read_until_eof=True, auto_decompress=False)
        return reader

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  asyncio's signature
        """Return where to read to."""
        return _read_buffer.view

    def buffer_updated(self, nbytes: int) -> None:
        """Parse what was read."""
        self.data_received(_read_buffer.view[:nbytes].tobytes())

    def data_received(self, data: bytes) -> None:
        """Parse bytes."""
        if self._reader is None:
            self._received_after_response(data)
            return
        try:
            messages, upgraded, _ = self._parser.feed_data(data)  # type: ignore[union-attr]
        except Exception as error:  # noqa: BLE001  as aiohttp's own protocol
            self._close_transport()
            reason = HttpProcessingError()
            if isinstance(error, HttpProcessingError):
                reason = HttpProcessingError(code=error.code, message=error.message, headers=error.headers)
            self.set_exception(reason, error)
            return
        for message, body in messages:
            if message.code in _INFORMATIONAL and message.code != _SWITCHING_PROTOCOLS:
                continue  # the final response follows
            reader, self._reader = self._reader, None
            if message.should_close or upgraded or reader is None:
                self._should_close = True
            if reader is not None:
                self._payload = body
                if not reader.done():
                    reader.set_result((message, body))

    def _received_after_response(self, data: bytes) -> None:
        """Parse more of a body. When a direct request has its whole response, no other bytes may come."""
        is_complete = self._payload is None or self._payload.is_eof()
        if data and self._is_direct and is_complete:
            self._should_close = True
            self._close_transport()
        else:
            super().data_received(data)

    def _close_transport(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def resume_reading(self, *arguments: Any, **named: Any) -> None:
        """Resume after a pause; aiohttp calls this whenever a part of a body was read."""
        if self._reading_paused:
            super().resume_reading(*arguments, **named)

    def set_exception(self, exc: BaseException, *cause: Any, **named: Any) -> None:
        """End the response that is waited for, or the body that is being read, with an error."""
        super().set_exception(exc, *cause, **named)
        reader, self._reader = self._reader, None
        if reader is not None and not reader.done():
            reader.set_exception(exc)
        body = self._payload
        if isinstance(exc, HttpProcessingError) and body is not None and not body.is_eof():
            body.set_exception(exc, *cause, **named)
