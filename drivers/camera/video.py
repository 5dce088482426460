"""A video that FFmpeg reads (by way of PyAV), a file or a stream: what comes, whether it came whole, pixels on demand.

FFmpeg itself says when a picture changes its size or could not be decoded whole. OpenCV's reading of the same stretches
a changed picture to the first one's size and gives a damaged one as if it were whole.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from threading import Lock
from typing import NamedTuple

import av
import cv2
import numpy as np
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorRange, VideoReformatter

from drivers.camera.errors import SourceError
from drivers.camera.source import Frame, Picture
from drivers.translation import _

RIGHT_ANGLE = 90

LARGEST = (4096, 4096)
"""Width and height, px, of the largest picture that is decoded where nothing else is configured: 24 MB of it, and as
much again for each one that others build on."""
KINDS = "mov,matroska,avi,flv,asf,ogg,mpegts,mpeg,mpegvideo,m4v,h264,hevc,ivf,mjpeg,jpeg_pipe,mpjpeg,rtsp"
"""The containers and streams that are read. Of others one names further files, its own among them, and FFmpeg opens
them without end; in another a picture of 64 pixels makes room for a gigabyte of something else."""

CODECS = "h264,hevc,mjpeg,mpeg4,mpeg2video,mpeg1video,h263,vp8,vp9,libvpx,libvpx-vp9,av1,libdav1d,libaom-av1,wmv2,wmv3"
"""The decoders of FFmpeg that are used: cameras and phones have no others."""

ONE_THREAD = {"threads": 1} if int(av.__version__.split(".", maxsplit=1)[0]) >= 17 else {}
"""Older ones turn pixels in the caller's thread anyway, and know no such word."""

LUMINOUS = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p"})
"""Pixel formats of which the first plane is the picture without its colours, a byte a pixel."""

BLACK, STEPS = 16, 219
"""What black is in such a plane that does not use the whole of a byte, and the steps up to white (ITU-R BT.601)."""

UNREADABLE = (av.FFmpegError, ValueError, ArithmeticError)
"""FFmpeg's own errors; and PyAV's where it cannot put into Python what FFmpeg has read."""


class Shot(NamedTuple):
    """One picture as it comes.

    Args:
        kind: "I", "P" or "B"; "?": another, or not known.
        at_s: seconds from the start, by the container's stamp; None: it has none.
        damaged: it could not be decoded whole, or may build on one that could not.
        pixels: makes them, height x width x 3, BGR; None: there are none, after all.
        grey: makes those without colours, for less, and then there are the others too; None: it cannot.
    """

    kind: str
    at_s: float | None
    damaged: bool
    pixels: Callable[[], Picture | None]
    grey: Callable[[], Picture] | None = None

    def frame(self, at_s: float) -> Frame | None:
        """Returns it as taken at `at_s`; None: it has no pixels."""
        if self.grey is not None:
            return Frame(at_s, self._colours, self.grey)
        picture = self.pixels()
        return None if picture is None else Frame(at_s, picture)

    def _colours(self) -> Picture:
        picture = self.pixels()
        assert picture is not None
        return picture


MOST_REORDERED = 16
"""Pictures that a decoder of H.265 may hold back to put them in order (ITU-T H.265, A.4.2)."""

NOTHING_OF_IT = Shot("?", None, True, lambda: None)


class _LostPictures:
    """Counts what the decoder of H.265 takes and never shows, without a word: pictures that build on one that was lost,
    and, of key pictures alone, those whose number it takes for that of another one."""

    def __init__(self, decoder: av.VideoCodecContext, *, keys_only: bool) -> None:
        self._decoder, self._keys_only = decoder, keys_only
        self._open = 0

    def after(self, packet: "av.Packet[av.VideoStream]", shown: int) -> int:
        """Returns how many more are lost, after a packet by which so many were shown."""
        is_picture = bool(packet.size) and not packet.is_discard and (packet.is_keyframe or not self._keys_only)
        self._open = max(0, self._open + is_picture - shown)
        lost = max(0, self._open - (MOST_REORDERED if self._decoder.has_b_frames else 0))
        self._open -= lost
        return lost


class Video:
    """An opened video.

    Args:
        address: a path or URL; appears in no message.
        options: of FFmpeg's demuxer and protocol.
        timeouts_s: to open it, and for each read; None: as long as it takes.
        largest: width and height, px, whose product is the most that is decoded.
        keys_only: the decoder throws away all but key frames before it spends anything on them.

    Raises:
        SourceError: it cannot be opened, in FFmpeg's words; it has no video, or a larger one.
    """

    def __init__(
        self,
        address: str,
        options: Mapping[str, str],
        timeouts_s: tuple[float, float] | None = None,
        *,
        largest: tuple[int, int] = LARGEST,
        keys_only: bool = False,
    ) -> None:
        self._largest = largest
        bound = {"max_pixels": str(largest[0] * largest[1]), "codec_whitelist": CODECS}
        try:
            known = {**options, **bound, "format_whitelist": KINDS}
            self._container = av.open(address, options=known, timeout=timeouts_s)
        except UNREADABLE as error:
            raise SourceError(_words(error)) from None  # its own text has the address, password and all
        if not self._container.streams.video:
            self._container.close()
            raise SourceError(_("no video in it"))
        self._stream = self._container.streams.video[0]
        decoder = self._stream.codec_context
        try:
            refuse_large(self.size, self._largest)
        except SourceError:
            self._container.close()
            raise
        decoder.options = bound
        decoder.thread_count = 1
        if keys_only:
            decoder.skip_frame = "NONKEY"
        self._bgr, self._turning = VideoReformatter(), Lock()
        self._doubtful = False
        self._unshown = 0
        self._lost = _LostPictures(decoder, keys_only=keys_only) if decoder.name == "hevc" else None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, px, as announced; 0, 0: nothing was seen of it before the opening timed out."""
        return self._stream.codec_context.width, self._stream.codec_context.height

    @property
    def promised(self) -> int:
        """How many pictures the header announces, less those so far that it says not to show; 0: it does not say."""
        return max(0, self._stream.frames - self._unshown)

    @property
    def lasts_s(self) -> float:
        """How long it announces to be, with sound and all; 0: it does not say."""
        return (self._container.duration or 0) / av.time_base

    @property
    def rate(self) -> float:
        """Pictures a second, as announced or guessed; 0: not known."""
        return float(self._stream.average_rate or self._stream.guessed_rate or 0)

    def shots(self) -> Iterator[Shot]:
        """Each picture, to the end. Raises SourceError: a read failed or timed out, or brought what is no video."""
        try:
            for packet in self._container.demux(self._stream):
                yield from self._decoded(packet)
        except UNREADABLE as error:
            raise SourceError(_words(error)) from None

    def close(self) -> None:
        """Closes the container. No other thread may be reading from it."""
        self._container.close()

    def _decoded(self, packet: "av.Packet[av.VideoStream]") -> Iterator[Shot]:
        self._unshown += packet.is_discard
        try:
            frames = packet.decode()
        except UNREADABLE:
            refuse_large(self.size, self._largest)
            self._doubtful = True
            yield NOTHING_OF_IT
            return
        if self._lost:
            yield from [NOTHING_OF_IT] * self._lost.after(packet, len(frames))
        for frame in frames:
            self._doubtful = frame.is_corrupt or (self._doubtful and not frame.key_frame)
            grey = partial(_grey, frame) if _is_luminous(frame) else None
            yield Shot(_kind(frame), self._at_s(frame), self._doubtful, partial(self._pixels, frame), grey)

    def _at_s(self, frame: VideoFrame) -> float | None:
        if frame.time is None:
            return None
        start, base = self._stream.start_time, self._stream.time_base
        return frame.time - (float(start * base) if start is not None and base is not None else 0.0)

    def _pixels(self, frame: VideoFrame) -> Picture | None:
        """Turned upright, where the file says how it was held. None: its pixels are of a kind that nobody can turn."""
        try:
            with self._turning:  # it is asked by whoever looks, too, not by the reader of the stream alone
                pixels = self._bgr.reformat(frame, format="bgr24", **ONE_THREAD).to_ndarray()
        except UNREADABLE:
            return None
        turns = round(frame.rotation / RIGHT_ANGLE) % 4
        return np.ascontiguousarray(np.rot90(pixels, turns), np.uint8)


def _is_luminous(frame: VideoFrame) -> bool:
    """Whether it is upright and has a plane that is grey."""
    return frame.format.name in LUMINOUS and not round(frame.rotation / RIGHT_ANGLE) % 4


def _grey(frame: VideoFrame) -> Picture:
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    luma: Picture = rows[: frame.height, : frame.width]
    if frame.format.name.startswith("yuvj") or frame.color_range == ColorRange.JPEG:
        return luma
    stretch = 255 / STEPS
    return np.asarray(cv2.addWeighted(luma, stretch, luma, 0, -BLACK * stretch), np.uint8)


def refuse_large(size: tuple[int, int], largest: tuple[int, int]) -> None:
    """Raises SourceError for pictures that are announced larger than what is decoded."""
    width, height = size
    if width * height > largest[0] * largest[1]:
        what = _("its pictures have {width} x {height} px; at most {most} are decoded")
        most = "{} x {}".format(*largest)
        hint = _("set the camera so, or raise largest_picture")
        raise SourceError(what.format(width=width, height=height, most=most), hint)


def _kind(frame: VideoFrame) -> str:
    kind = PictureType(frame.pict_type).name
    return kind if kind in {"I", "P", "B"} else "?"


def _words(error: Exception) -> str:
    """FFmpeg's own, without the address."""
    if isinstance(error, av.error.ExitError):
        return _("no answer in time")
    return str(getattr(error, "strerror", "") or type(error).__name__)
