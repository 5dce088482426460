"""What network cameras on loopback have in common: how they begin, speak TLS and end."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self


class LoopbackCamera:
    """Listens at a free port, and talks to each that connects in a thread of its own.

    Args:
        context: TLS is spoken by it; None: no TLS.
        asked: heads of what it was asked.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self.asked: list[str] = []
        self.hang_up = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.threads: list[threading.Thread] = []

    def talk(self, connection: socket.socket) -> None:
        """Says to one that has connected what it has to say, until told to hang up."""
        raise NotImplementedError

    @contextmanager
    def serving(self) -> Iterator[Self]:
        thread = threading.Thread(target=self.serve)
        thread.start()
        try:
            yield self
        finally:
            self.hang_up.set()
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            thread.join()

    def serve(self) -> None:
        """Returns once the listener is closed."""
        while True:
            try:
                plain = self._listener.accept()[0]
            except OSError:
                return
            self.threads.append(threading.Thread(target=self._secured, args=(plain,), daemon=True))
            self.threads[-1].start()

    def _secured(self, plain: socket.socket) -> None:
        with plain, suppress(OSError):
            connection = self._context.wrap_socket(plain, server_side=True) if self._context else plain
            with connection:
                self.talk(connection)
