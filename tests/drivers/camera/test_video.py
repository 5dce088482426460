"""Videos encoded on the spot: what FFmpeg says of them must come through."""

import contextlib
import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from patience import PATIENCE_S

from drivers.camera.detector import Picture
from drivers.camera.errors import SourceError
from drivers.camera.source import grey_of
from drivers.camera.video import Shot, Video, _grey

Encode = Callable[[str, Sequence[Picture]], Path]
Spoil = Callable[[Path, int], None]


def noise(width: int, height: int, count: int) -> list[Picture]:
    """One picture that moves, so that no frame is empty."""
    still = np.random.default_rng(1).integers(0, 255, (height, width, 3)).astype(np.uint8)
    return [np.roll(still, 3 * index, axis=1) for index in range(count)]


def shots(path: Path, *, keys_only: bool = False) -> list[Shot]:
    video = Video(str(path), {}, keys_only=keys_only)
    try:
        return [*video.shots()]
    finally:
        video.close()


def sizes(path: Path) -> list[tuple[int, ...]]:
    """Returns the shape of each picture, once for each run of the same."""
    video = Video(str(path), {})
    seen: list[tuple[int, ...]] = []
    for shot in video.shots():
        pixels = shot.pixels()
        assert pixels is not None
        if pixels.shape not in seen[-1:]:
            seen.append(pixels.shape)
    video.close()
    return seen


def test_a_picture_that_changes_its_size_comes_with_its_own(encode: Encode) -> None:
    raw = encode("both.h264", noise(160, 96, 12))
    raw.write_bytes(raw.read_bytes() + encode("second.h264", noise(128, 96, 12)).read_bytes())
    assert sizes(raw) == [(96, 160, 3), (96, 128, 3)]


def test_a_whole_video_has_no_damaged_picture(encode: Encode) -> None:
    came = shots(encode("whole.h264", noise(160, 96, 30)))
    assert [shot.damaged for shot in came] == [False] * 30
    assert [shot.kind for shot in came] == (["I"] + ["P"] * 9) * 3


def test_a_picture_with_damaged_bytes_is_told_with_all_that_build_on_it(encode: Encode, spoil: Spoil) -> None:
    raw = encode("spoilt.h264", noise(160, 96, 30))
    spoil(raw, 13)
    assert [number for number, shot in enumerate(shots(raw)) if shot.damaged] == [*range(13, 20)]


def test_only_key_frames_are_decoded_where_these_are_wanted(encode: Encode) -> None:
    assert [shot.kind for shot in shots(encode("keys.h264", noise(160, 96, 30)), keys_only=True)] == ["I"] * 3


def packed(raw: Path, target: Path) -> Path:
    """Packs a raw stream into a container, 5 frames a second from 7 s on."""
    with av.open(str(raw)) as source, av.open(str(target), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(video=0)):
            if packet.size:
                packet.stream = stream
                packet.pts = packet.dts = int((7 + number / 5) / packet.time_base)
                out.mux(packet)
    return target


def test_a_clip_that_was_recorded_sideways_is_turned_upright(encode: Encode, tmp_path: Path) -> None:
    """It is turned by the matrix in its track header: ISO/IEC 14496-12:2022, 8.3.2."""
    clip = packed(encode("raw.h264", noise(160, 96, 3)), tmp_path / "phone.mp4")
    before = shots(clip)[0].pixels()
    content = bytearray(clip.read_bytes())
    matrix = content.index(b"tkhd") + 44
    content[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    clip.write_bytes(content)
    after = shots(clip)[0].pixels()
    assert before is not None
    assert after is not None
    assert np.array_equal(after, np.rot90(before, -1)), "a quarter turn clockwise"


def test_times_begin_at_nought(encode: Encode, tmp_path: Path) -> None:
    times = [shot.at_s for shot in shots(packed(encode("raw.h264", noise(160, 96, 12)), tmp_path / "stamped.mkv"))]
    assert times[0] == 0
    assert [later - earlier for earlier, later in pairwise(times)] == pytest.approx([0.2] * 11, abs=0.002)


@pytest.mark.parametrize("content", [b"", b"a letter\n" * 200, None])
def test_what_is_no_video_is_told_without_its_address(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "secret.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        Video(str(path), {})
    assert "secret" not in str(caught.value)
    assert caught.value.what


def test_spoilt_bytes_are_damaged_pictures_or_an_end(encode: Encode) -> None:
    """The bytes come out as these and as nothing else, wherever they are."""
    spoilt, chance = encode("spoilt.h264", noise(64, 48, 6)), random.Random(5)
    whole = spoilt.read_bytes()
    for _ in range(60):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 30)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        spoilt.write_bytes(content[: chance.randint(len(content) // 2, len(content))])
        with contextlib.suppress(SourceError):
            for shot in shots(spoilt):
                shot.pixels()


def test_pixels_of_a_kind_that_nobody_can_turn_are_none(encode: Encode) -> None:
    class Refuses:
        def reformat(self, *_: object, **__: object) -> None:
            raise ValueError("Conversion to numpy array with format `vaapi` is not yet supported")

    video = Video(str(encode("a.h264", noise(64, 48, 2))), {})
    video._bgr = Refuses()
    assert [shot.pixels() for shot in video.shots()] == [None, None]
    video.close()


def test_a_picture_that_is_announced_too_large_is_refused_before_it_is_decoded(encode: Encode) -> None:
    raw = encode("large.h264", noise(320, 240, 2))
    Video(str(raw), {}, largest=(320, 240)).close()
    with pytest.raises(SourceError, match=r"320 x 240 px; at most 320 x 239 are decoded .*largest_picture") as caught:
        Video(str(raw), {}, largest=(320, 239))
    assert "large.h264" not in str(caught.value)


def test_one_that_grows_too_large_in_the_stream_is_refused_when_it_does(encode: Encode, tmp_path: Path) -> None:
    parts = encode("small.h264", noise(160, 96, 12)), encode("large.h264", noise(320, 240, 12))
    (tmp_path / "both.h264").write_bytes(b"".join(each.read_bytes() for each in parts))
    video, seen = Video(str(tmp_path / "both.h264"), {}, largest=(200, 100)), 0
    with pytest.raises(SourceError, match=r"320 x 240 px; at most 200 x 100"):
        for shot in video.shots():
            seen += not shot.damaged
    video.close()
    assert seen in range(10, 13)


MEASURED = """
import re, sys
from pathlib import Path
from drivers.camera.errors import SourceError
from drivers.camera.video import Video

def peak_kb():  # getrusage(2) begins with the peak of whoever started this process
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

before = peak_kb()
try:
    print([shot.pixels() for shot in Video(sys.argv[1], {}).shots() if not shot.damaged])
except SourceError as error:
    print(error)
print((peak_kb() - before) // 1024)
"""


def test_a_huge_one_costs_no_memory(tmp_path: Path) -> None:
    """16383 x 16383 px by the header of a JPEG of a few KB."""
    jpeg = bytearray(cv2.imencode(".jpg", noise(64, 64, 1)[0])[1].tobytes())
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = struct.pack(">HH", 16383, 16383)
    (tmp_path / "huge.mjpeg").write_bytes(jpeg * 3)
    words, grown_mb = measured(tmp_path / "huge.mjpeg")
    assert words == "[]", "each is damaged: its size is not told before it is decoded"
    assert grown_mb < 32


def chunk(kind: bytes, content: bytes) -> bytes:
    """Returns a part of a PNG (ISO/IEC 15948, 5.3)."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_with_a_profile(count: int) -> bytes:
    """64 x 64 px with a colour profile of so many bytes, which are packed to a thousandth."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0))
    profile = chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(count), 9))
    pixels = chunk(b"IDAT", zlib.compress(bytes(64 * (1 + 3 * 64))))
    return b"\x89PNG\r\n\x1a\n" + head + profile + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["pictures", "a film"])
def test_what_grows_a_thousandfold_inside_of_a_small_picture_is_not_unpacked(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "street.mov"
    content = png_with_a_profile(200_000_000)
    file.write_bytes(content * 2)
    if kind == "a film":
        packed_as_png(file, content)
    words, grown_mb = measured(file)
    assert words == ("[]" if kind == "a film" else "Invalid argument")
    assert grown_mb < 32


def packed_as_png(file: Path, picture: bytes) -> None:
    """Two of that picture in QuickTime, as PNG."""
    with av.open(str(file), "w") as out:
        stream = out.add_stream("png", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "rgb24"
        for number in range(2):
            packet = av.Packet(picture)
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, number, number, Fraction(1, 5)
            packet.is_keyframe = True
            out.mux(packet)


def measured(file: Path) -> tuple[str, int]:
    """What a process says of a video, and by how many MB it has grown."""
    order = [sys.executable, "-c", MEASURED, file]
    done = subprocess.run(order, capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    words, grown_mb = done.stdout.strip().rsplit("\n", 1)
    return words, int(grown_mb)


PLAYLISTS = {
    "street.m3u8": "#EXTM3U\n" + "#EXT-X-STREAM-INF:BANDWIDTH=1\nstreet.m3u8\n" * 2,
    "street.ffconcat": "ffconcat version 1.0\nfile street.ffconcat\n",
}


@pytest.mark.parametrize("name", PLAYLISTS)
def test_a_playlist_of_which_it_is_a_part_itself_is_not_opened(tmp_path: Path, name: str) -> None:
    """FFmpeg would open it without end, or until there are no descriptors left."""
    (tmp_path / name).write_text(PLAYLISTS[name])
    words, grown_mb = measured(tmp_path / name)
    assert words == "Invalid argument"
    assert grown_mb < 32


@pytest.mark.parametrize("kind", ["yuv420p", "yuvj420p", "yuv422p"])
def test_what_is_grey_from_the_beginning_is_what_its_colours_are_without_colour(kind: str) -> None:
    coarse = np.random.default_rng(1).integers(60, 190, (12, 20, 3)).astype(np.uint8)
    street = np.asarray(cv2.resize(coarse, (160, 96), interpolation=cv2.INTER_CUBIC), np.uint8)
    frame = av.VideoFrame.from_ndarray(street, format="bgr24").reformat(format=kind)
    colours = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
    apart = np.abs(_grey(frame).astype(int) - grey_of(colours))
    assert _grey(frame).shape == (96, 160)
    assert apart.max() <= 4 and apart.mean() < 1.5


def h265(count: int, *, every: int, open_groups: bool, number_bits: int) -> "list[av.Packet[av.VideoStream]]":
    """Pictures as a street camera sends them, one that stands alone each `every`."""
    coder = av.CodecContext.create("libx265", "w")
    assert isinstance(coder, av.VideoCodecContext)
    coder.width, coder.height, coder.pix_fmt, coder.framerate = 96, 64, "yuv420p", Fraction(25)
    groups = f"keyint={every}:min-keyint={every}:open-gop={int(open_groups)}:log2-max-poc-lsb={number_bits}"
    coder.options = {"preset": "ultrafast", "x265-params": f"log-level=none:bframes=0:scenecut=0:{groups}"}
    frames = [av.VideoFrame.from_ndarray(each, format="bgr24") for each in noise(96, 64, count)]
    return [packet for each in [*frames, None] for packet in coder.encode(each)]


def as_file(packets: "Sequence[av.Packet[av.VideoStream]]", path: Path) -> Path:
    path.write_bytes(b"".join(bytes(each) for each in packets))
    return path


def test_of_h265_what_builds_on_a_lost_picture_is_told_as_damaged(tmp_path: Path) -> None:
    """The decoder takes such pictures and says nothing: neither a picture nor an error comes of them."""
    packets = h265(40, every=10, open_groups=False, number_bits=8)
    whole = shots(as_file(packets, tmp_path / "whole.hevc"))
    assert [each.damaged for each in whole] == [False] * 40
    lacking = [each for number, each in enumerate(packets) if number not in (10, 30)]
    damaged = [each.damaged for each in shots(as_file(lacking, tmp_path / "lacking.hevc"))]
    assert (damaged.count(False), damaged.count(True)) == (20, 18)


def test_of_h265_key_pictures_that_cannot_be_decoded_alone_are_told_as_damaged(tmp_path: Path) -> None:
    """The few bits of its number in an open group are taken for those of another picture where those between are not
    decoded."""
    path = as_file(h265(300, every=30, open_groups=True, number_bits=4), tmp_path / "open.hevc")
    assert [each.damaged for each in shots(path)] == [False] * 300
    alone = [each.damaged for each in shots(path, keys_only=True)]
    assert len(alone) == 10
    assert alone.count(True) >= 4


def test_of_h265_with_pictures_in_another_order_none_is_taken_for_lost(encode: Encode) -> None:
    path = encode("ordered.mp4", noise(96, 64, 60))
    assert not any(each.damaged for each in shots(path))
