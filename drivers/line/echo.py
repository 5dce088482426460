"""The echo of an adapter that hears what it sends: half-duplex RS-485 whose receiver stays on."""

from drivers.line.frames import Found, Request, rtu_answer, rtu_frame


class Echo:
    """What of the bytes heard is the request itself. Whether there is an echo is learned from reads: their answers
    differ from them."""

    def __init__(self) -> None:
        self.is_heard = False

    def answer(self, request: Request, heard: bytes) -> Found | None:
        """The answer in what was heard. Where there is an echo, the first copy of a write is no answer to it."""
        frame = rtu_frame(request)
        at = heard.find(frame) if self.is_heard and not request.is_read else -1
        if at < 0:
            return rtu_answer(request, heard)
        skipped = at + len(frame)
        found = rtu_answer(request, heard[skipped:])
        return found and Found(found.pdu, found.start + skipped, found.end + skipped)

    def subtracted(self, request: Request, heard: bytes, is_answered: bool) -> bytes:
        """What was heard before the answer, or instead of it, but the request itself; learns from a read."""
        frame = rtu_frame(request)
        if request.is_read and (heard or is_answered):
            self.is_heard = frame in heard
        return heard.replace(frame, b"", 1) if self.is_heard else heard
