"""The A02 family of ultrasonic sensors: frames on a serial line, without I/O."""

from msgspec import Struct

HEADER = 0xFF
FRAME_BYTES = 4


class Distance(Struct, frozen=True):
    """One frame of the A02 family: what the sensor sent, in mm. Whether that is a distance its range must tell."""

    mm: int


class A02Decoder:
    """Decoder of the A02 ultrasonic sensors (A02YYUW; DFRobot SEN0311, SEN0312, SEN0313), UART 9600 8N1.

    A frame is FF H L SUM; SUM is the low byte of FF + H + L; mm = 256 * H + L. A byte that begins no valid frame is
    dropped and counted, and the search goes on with the next one.

    What a sum of one byte can see: each single flipped bit of a frame, and each burst that changes one byte alone. It
    cannot see changes that cancel each other (the same bit up in H and down in L), and after a spoiled frame four bytes
    across two frames may by chance (1 in 256 where one of them is FF) look like one: hence a rule must never decide
    on a single frame.
    """

    def __init__(self) -> None:
        self._rest = b""
        self.dropped = 0

    def feed(self, data: bytes) -> list[Distance]:
        """The frames that are complete now. Never keeps more than three bytes."""
        heard, at, frames = self._rest + data, 0, []
        while (at := self._next_header(heard, at)) + FRAME_BYTES <= len(heard):
            header, high, low, check = heard[at : at + FRAME_BYTES]
            if (header + high + low) & 0xFF == check:
                frames.append(Distance(high << 8 | low))
                at += FRAME_BYTES
            else:
                self.dropped += 1
                at += 1
        self._rest = heard[at:]
        return frames

    def _next_header(self, heard: bytes, at: int) -> int:
        found = heard.find(HEADER, at)
        if found < 0:
            found = len(heard)
        self.dropped += found - at
        return found
