"""Packets of RTP with pictures of H.264, each of three."""

KEY, OTHER = b"\x65", b"\x41"
PER_PICTURE = 3


def packet(number: int, *, key: bool = False, jump: int = 0) -> bytes:
    """Packets of a picture of three; its first packet says whether it stands alone."""
    picture, place = divmod(number, PER_PICTURE)
    marker = 0x80 if place == PER_PICTURE - 1 else 0
    head = bytes((0x80, 96 | marker)) + ((number + jump) % 65536).to_bytes(2, "big")
    return head + (picture * 3600).to_bytes(4, "big") + b"\0\0\0\1" + (KEY if key else OTHER) + bytes((number % 256,))


def stream(pictures: int, keys: int = 4, first: int = 0) -> list[bytes]:
    """A key picture each so many."""
    return [packet(each, key=each // PER_PICTURE % keys == 0) for each in range(first, pictures * PER_PICTURE)]
