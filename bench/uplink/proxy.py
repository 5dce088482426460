"""A TCP proxy in front of the broker that cuts the link at a given byte, and lets nobody in while it is not open."""

import asyncio
import contextlib
import socket
import struct

# SO_LINGER of 0 s: closing sends a reset, and what was on its way is gone, as with a modem that loses its network.
_ABORT = struct.pack("ii", 1, 0)


class Proxy:
    """A proxy between the agent and a broker on this machine.

    Args:
        broker_port: where the broker listens.
    """

    def __init__(self, broker_port: int) -> None:
        self._broker_port = broker_port
        self._server: asyncio.Server | None = None
        self._left: dict[str, int] = {}
        self._cut = asyncio.Event()
        self._links: set[asyncio.Task[None]] = set()
        self.port = 0
        self.open = True

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for link in self._links:
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    async def cut(self, direction: str, after_bytes: int, limit_s: float) -> bool:
        """Reset the link after so many more bytes "up" or "down"; whether that came within the time."""
        self._cut.clear()
        self._left[direction] = after_bytes
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._cut.wait(), limit_s)
        self._left.clear()
        return self._cut.is_set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links.add(task)
        try:
            await self._link(reader, writer)
        except (OSError, asyncio.CancelledError):
            # Cancelled at the end alone, and asyncio's streams take that for a defect (Python 3.11).
            pass
        finally:
            self._links.discard(task)
            _abort(writer)

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.open:
            return
        from_broker, to_broker = await asyncio.open_connection("127.0.0.1", self._broker_port)
        pumps = [
            asyncio.create_task(self._pump("up", reader, to_broker)),
            asyncio.create_task(self._pump("down", from_broker, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            _abort(to_broker)

    async def _pump(self, direction: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while body := await reader.read(4096):
            left = self._left.get(direction)
            if left is not None and len(body) > left:
                writer.write(body[:left])
                await writer.drain()
                self._left.clear()
                self._cut.set()
                return
            if left is not None:
                self._left[direction] = left - len(body)
            writer.write(body)
            await writer.drain()


def _abort(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
    writer.transport.abort()
