"""Motion JPEG of one camera, over one connection to the host that was named. No redirect is followed."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

from drivers.camera.access import Access
from drivers.camera.connection import connected
from drivers.camera.errors import SourceError
from drivers.camera.motion_jpeg.answer import Chunks, Head, request, take_head
from drivers.camera.motion_jpeg.parts import Parts, boundary_of
from drivers.camera.motion_jpeg.pictures import Pictures
from drivers.camera.refusal import LOGIN, OK, refused
from drivers.camera.rtsp.authorization import Authorization, login_of
from drivers.camera.stream_url import PORTS, StreamUrl, stream_url
from drivers.camera.video import Shot
from drivers.translation import _

PIECE_BYTES = 64 * 1024

_NO_TIME_S = 0.001
"""The shortest wait; none at all would mean for ever."""

READ_TIMEOUT_S = 20.0
"""Ends the thread of a camera that has been given up."""


class MotionJpeg:
    """A network camera, which gives what a `Video` gives.

    Args:
        open_s: until it must have answered.
        largest: width and height, px, whose product is the most that is decoded.
        left_out: none of its pictures is, on the way.

    Raises SourceError: it cannot be reached, refuses the login, sends us elsewhere, or sends no motion JPEG.
    """

    left_out = 0

    def __init__(self, source: str, access: Access, open_s: float, largest: tuple[int, int]) -> None:
        self._address = stream_url(source)
        self._pictures = Pictures(largest)
        self._held = bytearray()
        until_s = time.monotonic() + open_s
        authorization = Authorization(login_of(self._address, access))
        with ExitStack() as opened:
            head = self._asked(access, authorization, until_s, opened)
            if head.status == LOGIN and authorization.challenged(head.headers.get("www-authenticate", "")):
                opened.pop_all().close()
                head = self._asked(access, authorization, until_s, opened)
            self._parts, self._chunks = _parts(head)
            opened.pop_all()
        self._socket.settimeout(READ_TIMEOUT_S)

    def shots(self) -> Iterator[Shot]:
        """Each picture, until the camera ends. Raises SourceError."""
        more = bytes(self._held)
        while True:
            self._parts.feed(more if self._chunks is None else self._chunks.feed(more))
            while (part := self._parts.next()) is not None:
                yield self._pictures.shot(part)
            more = self._more()

    def close(self) -> None:
        self._socket.close()

    def _asked(self, access: Access, authorization: Authorization, until_s: float, opened: ExitStack) -> Head:
        """Returns the head of the answer to a question on a connection of its own. Raises SourceError."""
        address = self._address
        self._socket = opened.enter_context(connected(address, access, max(0.1, until_s - time.monotonic())))
        self._held.clear()
        try:
            self._socket.sendall(request(address.target, _host(address), authorization.header("GET", address.target)))
        except OSError as error:
            raise SourceError(error.strerror or str(error)) from None
        while (head := take_head(self._held)) is None:
            self._held += self._more(until_s)
        return head

    def _more(self, until_s: float | None = None) -> bytes:
        """Raises SourceError: the end, or nothing has come until then, however slowly it drips."""
        try:
            if until_s is not None:
                self._socket.settimeout(max(_NO_TIME_S, until_s - time.monotonic()))
            more = self._socket.recv(PIECE_BYTES)
        except TimeoutError:
            raise SourceError(_("no answer in time")) from None
        except OSError as error:
            raise SourceError(error.strerror or str(error)) from None
        if until_s is not None and time.monotonic() > until_s:
            raise SourceError(_("no answer in time"))
        if not more:
            raise SourceError(_("it has closed the connection"))
        return more


def _host(address: StreamUrl) -> str:
    host = f"[{address.host}]" if ":" in address.host else address.host
    return host if address.port == PORTS[address.scheme] else f"{host}:{address.port}"


def _parts(head: Head) -> tuple[Parts, Chunks | None]:
    """Returns what cuts the body of an answer into pictures. Raises SourceError: there are none in it."""
    if head.status != OK:
        raise refused(head.status, head.reason, head.headers)
    kind = head.headers.get("content-type", "").partition("\n")[0]
    boundary = boundary_of(kind)
    if boundary is None:
        what = _("it sends no motion JPEG, but {kind}").format(kind=repr(kind[:80]))
        raise SourceError(what, _("expected the address of its stream, multipart/x-mixed-replace"))
    chunked = "chunked" in head.headers.get("transfer-encoding", "").lower()
    return Parts(boundary), Chunks() if chunked else None
