"""The pair of UDP ports that a camera sends its video to: taken from it alone, and only what is whole."""

import socket
from collections.abc import Collection
from contextlib import ExitStack

from drivers.camera.errors import SourceError
from drivers.camera.rtsp.message import Packet
from drivers.camera.rtsp.whole_pictures import STARTS, WholePictures
from drivers.translation import _

_LARGEST = 65_535
_MOST_AT_ONCE = 256
"""Datagrams that are taken before the other sides are heard again."""

_BUFFER_BYTES = 1024 * 1024
"""Room for a key frame that comes at once; the kernel gives what it may (net.core.rmem_max)."""

_TRIES = 32

_RECEIVER_REPORT = bytes((0x80, 201, 0, 1, 0, 0, 0, 0))
_EMPTY_RTP = bytes((0x80, 0)) + bytes(10)


class Datagrams:
    """Ports of this box for one session.

    Args:
        control: connection to the camera: the video comes from its host, to the address by which this box is there.
        codec: of the video.

    Raises SourceError: it cannot be told of such pictures which are whole, or the box has no ports.
    """

    def __init__(self, control: socket.socket, codec: str) -> None:
        if codec not in STARTS:
            what = _("over UDP pictures can be lost, and of {codec} it is not known which are whole")
            hint = _('set the camera to H.264, or transport to "tcp"')
            raise SourceError(what.format(codec=codec or "?"), hint)
        self._starts = STARTS[codec]
        self._pictures = WholePictures(self._starts, None)
        self._host = control.getpeername()
        self.came = False
        try:
            self.video, self.reports = _pair(control)
        except OSError as error:
            raise SourceError(_("no port for its pictures: {reason}").format(reason=error.strerror or error)) from None

    @property
    def ports(self) -> tuple[int, int]:
        return self.video.getsockname()[1], self.reports.getsockname()[1]

    @property
    def left_out(self) -> int:
        """Pictures so far of which something was lost, or that built on one."""
        return self._pictures.left_out

    def expect_from(self, ports: tuple[int, int]) -> None:
        """Takes datagrams from these ports of the camera alone from now on, and opens a firewall's way for them.

        Raises SourceError.
        """
        try:
            for own, port, hello in zip((self.video, self.reports), ports, (_EMPTY_RTP, _RECEIVER_REPORT), strict=True):
                own.connect((self._host[0], port, *self._host[2:]))
                own.send(hello)
        except OSError as error:
            raise SourceError(error.strerror or str(error)) from None

    def begin(self, first: int | None) -> None:
        """It plays, from the packet of that number on; None: the camera does not say."""
        self._pictures = WholePictures(self._starts, first)

    def packets(self, ready: Collection[socket.socket]) -> list[Packet]:
        """Returns the packets of whole pictures on channel 0, and what came with them on 1."""
        found = [Packet(1, each) for each in _come(self.reports)] if self.reports in ready else []
        if self.video in ready:
            self.came = True
            found += [Packet(0, whole) for each in _come(self.video) for whole in self._pictures.add(each)]
        return found

    def send_report(self, content: bytes) -> None:
        """What is lost of these matters little: another follows."""
        try:
            self.reports.send(content)
        except OSError:
            return

    def close(self) -> None:
        self.video.close()
        self.reports.close()


def _come(port: socket.socket) -> list[bytes]:
    """Returns what has come. A port that nobody listens at over there is told with the next send: it is no end."""
    found = []
    for _each in range(_MOST_AT_ONCE):
        try:
            found.append(port.recv(_LARGEST))
        except ConnectionError:
            continue
        except OSError:
            break
    return found


def _pair(control: socket.socket) -> tuple[socket.socket, socket.socket]:
    """Returns sockets at an even port and the one above it (RFC 3550, 11). Raises OSError: there are none."""
    for _try in range(_TRIES):
        with ExitStack() as opened:
            first = opened.enter_context(_bound(control, 0))
            port = first.getsockname()[1]
            try:
                second = opened.enter_context(_bound(control, port ^ 1))
            except OSError:
                continue
            opened.pop_all()
            return (second, first) if port % 2 else (first, second)
    raise OSError(_("no two free ports beside each other"))


def _bound(control: socket.socket, port: int) -> socket.socket:
    """Raises OSError."""
    own = socket.socket(control.family, socket.SOCK_DGRAM)
    try:
        own.setblocking(False)
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        own.bind((control.getsockname()[0], port, *control.getsockname()[2:]))
    except OSError:
        own.close()
        raise
    return own
