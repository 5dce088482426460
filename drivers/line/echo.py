"""The echo of an adapter that hears what it sends: half-duplex RS-485 whose receiver stays on (pure)."""

from drivers.line.frames import Found, Request, rtu_answer, rtu_frame

FORGOTTEN_AFTER = 3
"""Reads in a row that were answered without an echo: one that was spoiled does not make it go."""


class Echo:
    """Whether there is one is learned from reads, whose answers differ from them, and from broadcasts, which nobody
    answers. The answer to a write of one register looks like its echo."""

    def __init__(self) -> None:
        self.is_known = self.is_heard = False
        self._without = 0

    def answer(self, request: Request, heard: bytes) -> Found | None:
        """The answer in what was heard. Where there is an echo, the first copy of a write is no answer to it."""
        frame = rtu_frame(request)
        at = heard.find(frame) if self.is_heard and not request.is_read else -1
        if at < 0:
            return rtu_answer(request, heard)
        skipped = at + len(frame)
        found = rtu_answer(request, heard[skipped:])
        return found and Found(found.pdu, found.start + skipped, found.end + skipped)

    def learn(self, heard: bool) -> None:
        """Takes in whether a read, or a broadcast, came back."""
        self.is_known = True
        self._without = 0 if heard else self._without + 1
        if heard or self._without >= FORGOTTEN_AFTER:
            self.is_heard = heard
