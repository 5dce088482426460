"""What a decoder of key pictures would throw away is left out before it, whatever the pictures are packed in."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.rtsp.key_pictures import NEEDS_OTHERS, KeyPictures
from drivers.camera.rtsp.message import Packet

SIZE = (96, 64)
GROUP, PICTURES = 4, 12
PIECE_BYTES = 60

Pack = Callable[[bytes], list[bytes]]


def rtp(payload: bytes, number: int, picture: int, *, ends: bool) -> Packet:
    head = bytes((0x80, 96 | (0x80 if ends else 0))) + (number % 65536).to_bytes(2, "big")
    return Packet(0, head + (picture * 3600).to_bytes(4, "big") + b"\0\0\0\1" + payload)


def units_of(coded: bytes) -> list[bytes]:
    return [each for each in re.split(rb"\x00\x00\x00?\x01", coded) if each]


def pictures(codec: str, options: dict[str, str]) -> Iterator[list[bytes]]:
    """Noise, coded as a street camera does: of each, its units."""
    coder = av.CodecContext.create(codec, "w")
    assert isinstance(coder, av.VideoCodecContext)
    coder.width, coder.height, coder.pix_fmt, coder.framerate = *SIZE, "yuv420p", 25  # type: ignore[assignment]
    coder.gop_size, coder.options = GROUP, {**options, "sc_threshold": "0", "tune": "zerolatency"}
    noise = np.random.default_rng(1)
    frames = [noise.integers(0, 255, (SIZE[1], SIZE[0], 3)).astype(np.uint8) for _ in range(PICTURES)]
    coded = [one for each in frames for one in coder.encode(av.VideoFrame.from_ndarray(each, format="bgr24"))]
    yield from (units_of(bytes(each)) for each in [*coded, *coder.encode(None)])


def alone(unit: bytes) -> list[bytes]:
    return [unit]


def h264_pieces(unit: bytes) -> list[bytes]:
    """FU-A of RFC 6184."""
    parts = [unit[1:][at : at + PIECE_BYTES] for at in range(0, len(unit) - 1, PIECE_BYTES)]
    marks = [0x80, *[0] * (len(parts) - 1)]
    return [bytes((unit[0] & 0xE0 | 28, mark | unit[0] & 0x1F)) + each for mark, each in zip(marks, parts, strict=True)]


def h265_pieces(unit: bytes) -> list[bytes]:
    """FU of RFC 7798."""
    parts = [unit[2:][at : at + PIECE_BYTES] for at in range(0, len(unit) - 2, PIECE_BYTES)]
    head = bytes((unit[0] & 0x81 | 49 << 1, unit[1]))
    marks = [0x80, *[0] * (len(parts) - 1)]
    return [head + bytes((mark | unit[0] >> 1 & 0x3F,)) + each for mark, each in zip(marks, parts, strict=True)]


def packets(coded: Iterable[list[bytes]], pack: Pack, *, each_marked: bool = False) -> list[list[Packet]]:
    number, found = 0, []
    for picture, units in enumerate(coded):
        payloads = [(piece, at == 0) for unit in units for at, piece in reversed([*enumerate(reversed(pack(unit)))])]
        found.append([])
        for at, (payload, ends_unit) in enumerate(payloads, 1):
            number += 1
            found[-1].append(rtp(payload, number, picture, ends=at == len(payloads) or (each_marked and ends_unit)))
    return found


def contents(kept: list[Packet]) -> list[bytes]:
    """Returns each packet without what is numbered anew."""
    return [each.content[:2] + each.content[4:] for each in kept]


STREAMS = {
    "h264": ("H264", "libx264", {"x264-params": "sliced-threads=0"}, alone),
    "h264 in pieces": ("H264", "libx264", {"x264-params": "sliced-threads=0"}, h264_pieces),
    "h264 in slices": ("H264", "libx264", {"x264-params": "sliced-threads=0:slices=4"}, h264_pieces),
    "h265": ("H265", "libx265", {"x265-params": "log-level=none:scenecut=0"}, alone),
    "h265 in pieces": ("H265", "libx265", {"x265-params": "log-level=none:scenecut=0"}, h265_pieces),
}


@pytest.mark.parametrize("each_marked", [False, True], ids=["its end marked", "each unit marked"])
@pytest.mark.parametrize(("name", "coder", "options", "pack"), STREAMS.values(), ids=STREAMS)
def test_key_pictures_are_handed_on_whole_with_the_first_packet_of_what_follows(
    name: str, coder: str, options: dict[str, str], pack: Pack, each_marked: bool
) -> None:
    sent = packets(pictures(coder, options), pack, each_marked=each_marked)
    keys = KeyPictures(NEEDS_OTHERS[name])
    kept = keys.of([each for picture in sent for each in picture])
    wanted = [each for at in range(0, PICTURES, GROUP) for each in [*sent[at], sent[at + 1][0]]]
    assert contents(kept) == contents(wanted)
    assert [int.from_bytes(each.content[2:4], "big") for each in kept] == list(range(1, len(kept) + 1))


def whole(kept: Iterable[Packet], mark_of: Callable[[bytes], tuple[bytes, bytes] | None]) -> Iterator[bytes]:
    """Yields what FFmpeg makes of packets: all of one stamp, the head of a unit before the first of its pieces."""
    for _stamp, same in groupby(kept, key=lambda each: each.content[4:8]):
        payloads = [each.content[12:] for each in same]
        yield b"".join(b"".join(mark_of(each) or (b"\0\0\0\1", each)) for each in payloads)


def h264_piece(payload: bytes) -> tuple[bytes, bytes] | None:
    if payload[0] & 0x1F != 28:
        return None
    head = b"\0\0\0\1" + bytes((payload[0] & 0xE0 | payload[1] & 0x1F,))
    return head if payload[1] & 0x80 else b"", payload[2:]


def h265_piece(payload: bytes) -> tuple[bytes, bytes] | None:
    if payload[0] >> 1 & 0x3F != 49:
        return None
    head = b"\0\0\0\1" + bytes((payload[0] & 0x81 | (payload[2] & 0x3F) << 1, payload[1]))
    return head if payload[2] & 0x80 else b"", payload[3:]


def decoded(codec: str, packed: Iterable[bytes]) -> list[bytes]:
    """Returns the pixels of each picture that a decoder of key pictures gives."""
    decoder = av.CodecContext.create(codec, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.thread_count, decoder.skip_frame = 1, "NONKEY"
    units = [unit for each in [*packed, b""] for unit in decoder.parse(each)]
    return [frame.to_ndarray().tobytes() for each in [*units, None] for frame in decoder.decode(each)]


OPEN = {
    "h264": ("H264", "h264", "libx264", {"x264-params": "sliced-threads=0:open-gop=1"}, h264_pieces, h264_piece),
    "h264 in slices": ("H264", "h264", "libx264", STREAMS["h264 in slices"][2], h264_pieces, h264_piece),
    "h265": ("H265", "hevc", "libx265", {"x265-params": "log-level=none:open-gop=1"}, h265_pieces, h265_piece),
}


@pytest.mark.parametrize("name", OPEN)
def test_a_decoder_of_key_pictures_gives_the_very_same_of_what_is_handed_on(name: str) -> None:
    """Pictures that stand alone and begin nothing anew (open groups), and those of several slices."""
    codec, decoder, coder, options, pack, mark_of = OPEN[name]
    sent = [each for picture in packets(pictures(coder, options), pack) for each in picture]
    kept = KeyPictures(NEEDS_OTHERS[codec]).of(sent)
    assert len(kept) < len(sent)
    shown = decoded(decoder, whole(kept, mark_of))
    assert len(shown) == PICTURES / GROUP
    assert shown == decoded(decoder, whole(sent, mark_of))


def test_numbers_go_round_and_reports_keep_their_place() -> None:
    report = Packet(1, bytes(28))
    keys = KeyPictures(NEEDS_OTHERS["H264"])
    one, other, two = b"\x65\x88\1", b"\x41\x9a\1", b"\x65\x88\2"
    sent = [rtp(one, 65_535, 0, ends=True), rtp(other, 65_536, 1, ends=True), report, rtp(other, 65_537, 2, ends=True)]
    kept = [*keys.of(sent), *keys.of([rtp(two, 65_538, 3, ends=True)])]
    assert [each.content[2:4].hex() for each in kept if each.channel == 0] == ["ffff", "0000", "0001"]
    assert kept[2] is report


def test_a_picture_that_is_in_the_midst_of_coming_is_not_torn() -> None:
    pieces = h264_pieces(b"\x65\x88" + bytes(300))
    keys = KeyPictures(NEEDS_OTHERS["H264"])
    came = [rtp(each, number, 0, ends=each is pieces[-1]) for number, each in enumerate(pieces[2:])]
    assert keys.of(came) == came


@pytest.mark.parametrize(
    ("codec", "payload", "needs_others"),
    [
        ("H264", "65 88", False),
        ("H264", "41 9a", True),  # P
        ("H264", "41 b0", False),  # I that is not IDR
        ("H264", "01 a8", True),  # B
        ("H264", "41 50", True),  # P, not its first slice
        ("H264", "41 00", False),  # cut
        ("H264", "41", False),
        ("H264", "67 42", None),
        ("H264", "18 0002 6742 0002 6588", False),
        ("H264", "18 0002 0910 0002 419a", True),
        ("H264", "18 0000", None),
        ("H264", "7c 85 88", False),
        ("H264", "5c 81 9a", True),
        ("H264", "5c 01 9a", None),
        ("H264", "7c", None),
        ("H265", "26 01", False),
        ("H265", "2a 01", False),  # CRA
        ("H265", "02 01", True),
        ("H265", "10 01", True),  # RASL
        ("H265", "40 01", None),
        ("H265", "60 01 0002 4001 0002 2601", False),
        ("H265", "62 01 93", False),
        ("H265", "62 01 81", True),
        ("H265", "62 01 01", None),
        ("H265", "62 01", None),
    ],
)
def test_what_a_payload_tells(codec: str, payload: str, needs_others: bool | None) -> None:
    assert NEEDS_OTHERS[codec](bytes.fromhex(payload)) is needs_others


@given(st.lists(st.binary(max_size=40), max_size=30))
def test_whatever_comes_nothing_breaks(contents: list[bytes]) -> None:
    for needs_others in NEEDS_OTHERS.values():
        sent = [Packet(0, each) for each in contents]
        kept = KeyPictures(needs_others).of(sent)
        assert len(kept) <= len(sent)
