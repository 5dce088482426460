"""The socket of a TLS connection: what it reads at once is bounded, and it says why it failed.

OpenSSL reads on by itself as long as records come that hold no data. TLS 1.3 sets no bound to session tickets (RFC
8446, section 4.6.1): a broker that sends nothing else would have the loop for as long as it likes. So OpenSSL is not
given the socket, but one piece after the other of what comes.
"""

import socket
import ssl
import time
from contextlib import suppress
from typing import Any

from drivers.mqtt.errors import HandshakeTimeout
from drivers.mqtt.traffic import TrafficMeter
from drivers.translation import _

PIECE_BYTES = 16 * 1024
"""The most that OpenSSL is given at once; a record has little more."""


class TlsSocket(ssl.SSLSocket):
    """Connects as a client; the context makes one.

    One whose handshake failed is closed at once; paho 2 leaves it to the garbage collector. With TLS 1.3 the broker
    judges our certificate after our side of the handshake is over (RFC 8446, section 4.4.2.4), and paho makes of its
    alert the end of a connection: `refusal` has it.
    """

    refusal: ssl.SSLError | None = None

    meter: TrafficMeter | None = None
    """Counts a handshake that comes to no connection."""

    _late_error: OSError | None = None
    """What was found behind data that was handed over first."""

    more_waits = False
    """Whether something may have come of which the selector does not tell, or more than a piece."""

    def do_handshake(self, block: bool = False) -> None:
        """Raises OSError, HandshakeTimeout."""
        self._incoming, self._outgoing, self._unsent = ssl.MemoryBIO(), ssl.MemoryBIO(), bytearray()
        self._written = 0
        made = self.context.wrap_bio(self._incoming, self._outgoing, server_hostname=self.server_hostname)
        self._sslobj = made._sslobj  # type: ignore[attr-defined]
        limit_s = self.gettimeout()
        try:
            self._shake_hands(time.monotonic() + (limit_s or 0.0))
            self.verify_times()
        except OSError as error:
            if self.meter is not None:
                self.meter.see(self)
            self.close()
            if isinstance(error, TimeoutError):
                raise HandshakeTimeout(_("no answer to the TLS handshake")) from error
            raise
        self.settimeout(limit_s)

    def verify_times(self) -> None:
        """OpenSSL did, by the clock."""

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Returns data of one piece at most; b"": the connection has ended. Raises OSError; BlockingIOError: the piece
        had none, or none has come."""
        self.more_waits = False
        try:
            data = self._data(buflen)
        except BlockingIOError:
            self.more_waits = self._take()
            data = self._data(buflen)
        self.more_waits |= self._incoming.pending > 0 or self.pending() > 0 or self._late_error is not None
        return data

    def send(self, data: bytes, flags: int = 0) -> int:  # type: ignore[override]
        """Returns how much was sent. Raises OSError; SSLWantWriteError: the same is to be sent again."""
        if not self._written:
            self._written = self._sslobj.write(data)
        self._flush()
        count, self._written = self._written, 0
        return count

    def _shake_hands(self, until_s: float) -> None:
        """Raises OSError; TimeoutError: it takes too long, however often something comes."""
        while True:
            try:
                self._sslobj.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                self.settimeout(_left_s(until_s))
                self._take()
            except ssl.SSLError:
                self._try_to_flush()
                raise
            else:
                self._flush()
                return

    def _data(self, most: int) -> bytes:
        """What the records of the piece hold: a broker makes one of each acknowledgement. An error behind data comes
        with the next call."""
        if self._late_error is not None:
            raise self._late_error
        data = more = self._record(most)
        while more and len(data) < most and self._incoming.pending:
            try:
                more = self._record(most - len(data))
            except BlockingIOError:
                break
            except OSError as error:
                self._late_error = error
                break
            data += more
        return data

    def _record(self, most: int) -> bytes:
        """Returns data of one record at most; b"": the connection has ended. Raises OSError; BlockingIOError: there is
        no whole one."""
        try:
            data: bytes = self._sslobj.read(most)
        except ssl.SSLEOFError:  # many brokers end without a word of TLS
            return b""
        except ssl.SSLWantReadError:
            raise BlockingIOError from None
        except ssl.SSLError as error:
            if is_refusal(error):
                self.refusal = error
            raise
        finally:
            self._try_to_flush()
        return data

    def _take(self) -> bool:
        """Give OpenSSL the next piece; whether it was a whole one."""
        piece = socket.socket.recv(self, PIECE_BYTES)
        if piece:
            self._incoming.write(piece)
        else:
            self._incoming.write_eof()
        return len(piece) == PIECE_BYTES

    def _flush(self) -> None:
        """Write what OpenSSL has to say. Raises SSLWantWriteError: the socket takes no more now."""
        self._unsent += self._outgoing.read()
        while self._unsent:
            try:
                count = socket.socket.send(self, self._unsent)
            except BlockingIOError:
                raise ssl.SSLWantWriteError(ssl.SSL_ERROR_WANT_WRITE, _("the socket takes no more")) from None
            del self._unsent[:count]

    def _try_to_flush(self) -> None:
        """An alert, or an answer to a change of keys; what does not go out now goes out with the next data."""
        if self._outgoing.pending:
            with suppress(OSError):
                self._flush()


class OneConnection:
    """A context, which several connections may share, as one of them has it.

    Args:
        shared: for as long as this connection lasts.
    """

    def __init__(self, shared: ssl.SSLContext) -> None:
        self._shared, self.check_hostname = shared, shared.check_hostname
        self._socket: ssl.SSLSocket | None = None
        self.meter: TrafficMeter | None = None
        """Counts a handshake that comes to no connection."""

    def wrap_socket(self, sock: socket.socket, **more: Any) -> ssl.SSLSocket:
        """Does what `ssl.SSLContext.wrap_socket` does; paho calls it."""
        self._socket = self._shared.wrap_socket(sock, **more)
        if isinstance(self._socket, TlsSocket):
            self._socket.meter = self.meter
        return self._socket

    @property
    def refusal(self) -> ssl.SSLError | None:
        """How the connection was refused after its handshake; None: it was not."""
        return getattr(self._socket, "refusal", None)


def _left_s(until_s: float) -> float:
    """Raises TimeoutError."""
    left_s = until_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s


def is_refusal(error: ssl.SSLError) -> bool:
    """Whether the other side refuses our certificate, or that there is none (alerts: RFC 8446, section 6.2)."""
    alert = alert_of(error)
    return "certificate" in alert or alert in ("unknown ca", "access denied")


def alert_of(error: ssl.SSLError) -> str:
    """What the other side ended the connection with, as in "unknown ca"; empty: it was not the other side."""
    # Only an error that comes from the library has a reason.
    return (getattr(error, "reason", None) or "").partition("_ALERT_")[2].replace("_", " ").lower()
