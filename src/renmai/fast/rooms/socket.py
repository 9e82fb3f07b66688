"""A viewer's socket: it keeps little for them, and is cut off where they do not read."""

from __future__ import annotations

import asyncio
import socket

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

SLOW_SECONDS = 5.0
SEND_BYTES = 32 * 1024
"""What the system keeps of what a viewer has not read yet; beyond it the process keeps as much again, then waits."""


class RoomSocket(WebSocketsSansIOProtocol):
    """A web socket whose slow reader is dropped, not waited for.

    To close politely would wait as well: what was written before would have to be read first. So it is cut off; the viewer
    comes again and catches up.
    """

    _slow: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; keep little in the system for one who does not read."""
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)

    def pause_writing(self) -> None:
        """Wait for the viewer to read, but not long."""
        super().pause_writing()
        self._slow = self.loop.call_later(SLOW_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: the viewer reads again."""
        super().resume_writing()
        self._forget_slow()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._forget_slow()
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        """Cut off who did not answer a ping: such a one does not read a farewell either."""
        self.transport.abort()

    def _forget_slow(self) -> None:
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None
