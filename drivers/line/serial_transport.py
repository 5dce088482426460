"""A serial port in the event loop, whose adapter may be pulled out at any moment."""

import contextlib
import os

import serial_asyncio_fast


class SerialTransport(serial_asyncio_fast.SerialTransport):
    """The library's transport, which ends once and in silence.

    Whoever owns the port finds it lost and says so. The library itself would end a port again that is closed after
    it was lost, which fails in a task of its own, and tell the event loop of an adapter that went during a write.
    """

    _ending = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Writes at once where nothing waits; pyserial would ask first whether it may. The rest goes its way."""
        written = 0
        if not self._closing and not self._write_buffer:
            with contextlib.suppress(OSError, TypeError):  # told by the library, which tries it again
                written = os.write(self._serial.fileno(), data)
        if written < len(data):
            super().write(data[written:])

    def read_now(self) -> None:
        """Reads what there is, between two rounds of the event loop: nothing, as a rule, and then a port that is
        gone looks no other."""
        if self._has_reader and not self._closing:
            with contextlib.suppress(OSError):  # the loop's next round tells of it
                if data := os.read(self._serial.fileno(), self._max_read_size):
                    self._protocol.data_received(data)

    def _read_ready(self) -> None:
        """Reads at once what there is: pyserial would ask once more whether there is anything, and for how long."""
        try:
            data = os.read(self._serial.fileno(), self._max_read_size)
        except BlockingIOError:
            return
        except OSError as error:
            self._close(error)
        else:
            if data:
                self._protocol.data_received(data)
            else:
                # An adapter that is gone is always ready, with nothing.
                self._close()

    def _fatal_error(self, exc: BaseException, message: str = "") -> None:
        if isinstance(exc, OSError):
            self._abort(exc)
        else:
            super()._fatal_error(exc, message)

    async def _call_connection_lost(self, exc: Exception | None, *, flush: bool) -> None:
        if not self._ending:
            self._ending = True
            await super()._call_connection_lost(exc, flush=flush)
