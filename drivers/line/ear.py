"""All bytes that are heard on one serial line: the answer among them, the echo, and what is left for others (pure)."""

from drivers.line.echo import Echo
from drivers.line.findings import Finding
from drivers.line.frames import BROADCAST, WRITES_OF_SEVERAL, Found, Request, rtu_frame
from drivers.line.garbled import GarbledUnits
from drivers.line.overheard import Doubt, Overheard
from drivers.line.pieces import pieces
from drivers.line.timeouts import AdaptiveTimeouts

KEPT_BYTES = 1024
"""More than two of the longest frames."""


class Ear:
    """
    Args:
        timeouts: of the line; they learn from late answers.
    """

    def __init__(self, timeouts: AdaptiveTimeouts) -> None:
        self._heard = bytearray()
        self._read_to = 0  # what lies before it was looked at
        self._sent = b""  # the frame that may come back
        self._has_answer = False
        self.echo, self.others = Echo(), Overheard(timeouts)
        self._garbled = GarbledUnits(self.others.findings)

    @property
    def length(self) -> int:
        """Bytes heard since the request."""
        return len(self._heard)

    def hear(self, data: bytes) -> None:
        """Keeps what came: of too much the newest, and behind an answer that was found the oldest."""
        self._heard += data
        if (surplus := len(self._heard) - KEPT_BYTES) <= 0:
            return
        if self._has_answer:
            del self._heard[2 * KEPT_BYTES :]
            return
        del self._heard[:surplus]
        self._read_to = max(0, self._read_to - surplus)

    def sends(self, request: Request) -> None:
        """Notes what goes out now. What was heard before has been looked at."""
        self._forget()
        self._sent = rtu_frame(request)
        self.others.asks(request)

    def answer(self, request: Request) -> Found | None:
        found = self.echo.answer(request, bytes(self._heard))
        self._has_answer = found is not None
        return found

    def may_be_echo(self, request: Request, pdu: bytes) -> bool:
        """Whether what answered a write looks like the write itself, and nothing tells yet whether there is an echo."""
        return pdu == request.pdu and not request.is_read and not self.echo.is_known

    def judge(self, request: Request, found: Found, now_s: float) -> Doubt | None:
        """Why the answer that was found is not believed; None: it is. The silence after it is over."""
        heard = bytes(self._heard)
        self._garbled.sound(request.unit)
        self._read_to = found.end  # what follows is overheard, once it is known what came of this
        before = self._without_echo(request, heard[: found.start], now_s)
        return self.others.doubt(request, found, before, heard[found.end :], now_s)

    def unanswered(self, request: Request, now_s: float) -> bytes:
        """What was heard instead of an answer."""
        heard = self._without_echo(request, bytes(self._heard), now_s)
        self._garbled.unanswered(request.unit, heard, now_s)
        return heard

    def overhear(self, now_s: float) -> bytes:
        """Learns from what came when nobody waited for it; what was heard."""
        if len(self._heard) == self._read_to:
            return b""
        unasked = self._echo_left_out(bytes(self._heard[self._read_to :]), now_s)
        self.others.note(pieces(unasked), now_s)
        self._forget()
        return unasked

    def _forget(self) -> None:
        self._heard.clear()
        self._read_to, self._has_answer = 0, False

    def _without_echo(self, request: Request, heard: bytes, now_s: float) -> bytes:
        """Learns as well whether there is an echo, from a request that no answer looks like."""
        if request.is_read or request.pdu[0] in WRITES_OF_SEVERAL:
            self.echo.learn(self._sent in heard)
        return self._echo_left_out(heard, now_s)

    def _echo_left_out(self, heard: bytes, now_s: float) -> bytes:
        """Takes it away, once after each request; a broadcast that comes back is one, for nobody answers it."""
        if self._sent.startswith(bytes((BROADCAST,))) and self._sent in heard:
            self.echo.learn(True)
        if not self.echo.is_heard or not self._sent or self._sent not in heard:
            return heard
        sent, self._sent = self._sent, b""
        self.others.findings.note(Finding.ECHO, now_s)
        return heard.replace(sent, b"", 1)
