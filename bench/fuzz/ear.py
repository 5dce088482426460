"""What is heard on a serial line that others use too: a second master, echoes, two devices of one number, noise."""

from collections.abc import Callable

from fuzz.broken import Finding, judge_words

from drivers.line.ear import KEPT_BYTES, Ear
from drivers.line.frames import BROADCAST, Request, rtu_frame
from drivers.line.pieces import pieces
from drivers.line.timeouts import AdaptiveTimeouts

QUESTIONS = (
    Request("unit", 1, bytes((3, 0, 0, 0, 1)), bytes((3, 2)), 4),
    Request("unit", 2, bytes((4, 0, 0, 0, 40)), bytes((4, 80)), 82),
    Request("unit", 1, bytes((6, 0, 7, 0, 1)), bytes((6, 0, 7, 0, 1)), 5),
    Request("unit", BROADCAST, bytes((16, 0, 0, 0, 1, 2, 0, 9)), bytes((16, 0, 0, 0, 1)), 5),
)
ASKS_ANEW = 0xFE
"""A piece that begins so is no sound: one of QUESTIONS goes out, by its last byte."""

PIECE_S = 0.05
MOST_KEPT = 4 * KEPT_BYTES


def target() -> Callable[[bytes], None]:
    """The first byte of an input says in how long pieces the rest comes."""

    def one(data: bytes) -> None:
        size, heard = 1 + (data[0] & 0x3F if data else 0), data[1:]
        _judge_pieces(heard)
        ear, asked, now_s = Ear(AdaptiveTimeouts(0.5)), QUESTIONS[0], 0.0
        ear.sends(asked)
        for at in range(0, len(heard), size):
            piece, now_s = heard[at : at + size], now_s + PIECE_S
            if piece[0] == ASKS_ANEW:
                asked = QUESTIONS[piece[-1] % len(QUESTIONS)]
                ear.overhear(now_s)
                ear.sends(asked)
            else:
                ear.hear(piece)
                _judge(ear, asked, now_s)

    return one


def _judge_pieces(heard: bytes) -> None:
    """Raises Finding where a byte is in no piece, or in two."""
    at = 0
    for piece in pieces(heard):
        if piece.start != at or piece.end <= at:
            raise Finding(f"a piece from {piece.start} to {piece.end} behind byte {at}")
        at = piece.end
    if at != len(heard):
        raise Finding(f"{len(heard) - at} bytes are in no piece")


def _judge(ear: Ear, asked: Request, now_s: float) -> None:
    """Raises Finding for an answer that is none to what was asked, and for a memory without end."""
    if ear.length > MOST_KEPT:
        raise Finding(f"{ear.length} bytes are kept")
    if (found := ear.answer(asked)) is None:
        return
    if not asked.accepts(found.pdu):
        raise Finding(f"{found.pdu.hex()} is no answer to {asked.pdu.hex()}")
    if (doubt := ear.judge(asked, found, now_s)) is not None:
        judge_words(str(doubt(asked, "wire")))
    judge_words(*(each.words for each in ear.others.findings.told(now_s)))


def seeds() -> list[bytes]:
    """A second master's question and its answer, an echo, two answers to one question, a refusal, noise."""
    said = (bytes((3, 2, 0, 7)), bytes((3, 2, 0, 8)), bytes((0x83, 2)), bytes((4, 80)) + bytes(80))
    first, second, refusal, long = (
        rtu_frame(Request("unit", unit, pdu, b"", 0)) for unit, pdu in zip((1, 1, 1, 2), said, strict=True)
    )
    asks = [rtu_frame(each) for each in QUESTIONS]
    rows = (
        asks[0] + first, first + second, first * 2, asks[1] + long, refusal + first, b"\0\xff\x55\xaa" + first,
        b"\xfe\2" + asks[2] * 2, b"\xfe\3" + asks[3] + first, b"".join(asks) + first,
    )  # fmt: skip
    return [bytes((piece,)) + each for each in rows for piece in (0, 7, 63)]
