"""Inputs made from others, where there is no guidance by coverage: the same from the same seed."""

import random

_ODD = (
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xff\xff",
    b"\0\0",
    b"\xed\xa0\x80",
    b"#",
    b"+",
    b"\n",
    b'"',
    b"\\u0000",
    b"[" * 40,
)
MOST_BYTES = 1 << 15


def mutated(draw: random.Random, corpus: list[bytes]) -> bytes:
    """One that differs in one to eight places."""
    data = bytearray(draw.choice(corpus))
    for _ in range(draw.choice((1, 1, 2, 3, 5, 8))):
        _change(draw, data, corpus)
    return bytes(data[:MOST_BYTES])


def _change(draw: random.Random, data: bytearray, corpus: list[bytes]) -> None:
    at = draw.randint(0, len(data))
    match draw.randint(0, 6):
        case 0 if data:
            data[at % len(data)] ^= 1 << draw.randint(0, 7)
        case 1 if data:
            data[at % len(data)] = draw.randint(0, 255)
        case 2:
            data[at:at] = draw.choice(_ODD)
        case 3:
            del data[at : at + draw.choice((1, 2, 4, 16))]
        case 4:
            data[at:at] = data[draw.randint(0, len(data)) :][: draw.choice((1, 4, 32))]
        case 5:
            other = draw.choice(corpus)
            data[at:] = other[draw.randint(0, len(other)) :]
        case _ if data:
            data[at % len(data)] = (data[at % len(data)] + draw.choice((-1, 1))) % 256
