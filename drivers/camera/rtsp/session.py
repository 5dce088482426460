"""One RTSP session with a camera: its pictures come over the connection (TCP), or beside it (UDP)."""

import select
import socket
import time
from collections.abc import Collection, Mapping
from contextlib import ExitStack

from drivers.camera.access import TCP, Access
from drivers.camera.errors import SourceError
from drivers.camera.refusal import TransportRefusedError
from drivers.camera.rtsp import message
from drivers.camera.rtsp.datagrams import Datagrams
from drivers.camera.rtsp.description import Offer, channel_of, first_of, offer, server_ports_of, session_of
from drivers.camera.rtsp.dialogue import Dialogue
from drivers.camera.rtsp.message import Answer, Packet
from drivers.camera.rtsp.unbroken_pictures import UnbrokenPictures
from drivers.camera.rtsp.whole_pictures import STARTS
from drivers.camera.stream_url import stream_url
from drivers.translation import _

_WAYS: Mapping[str, tuple[str, ...]] = {"tcp": ("tcp",), "udp": ("udp",), "auto": ("tcp", "udp")}
"""How pictures are asked for, one after the other, as long as the camera refuses."""


class Session:
    """The video of a camera, which plays. Connects only to the host and port of its URL, whatever the camera answers.

    Args:
        url: rtsp://[user:password@]host[:port]/path, or rtsps://; user and password may be percent-encoded.
        within_s: for all that is asked until it plays.
        access: how it is asked for.

    Raises:
        SourceError: it cannot be reached, refuses the login, sends us elsewhere, or says what is no RTSP.
    """

    def __init__(self, url: str, within_s: float, access: Access = TCP) -> None:
        address = stream_url(url)
        self._url, self._silence_s, self._channel = address.bare, 60.0, 0
        self._beside: Datagrams | None = None
        self._unbroken: UnbrokenPictures | None = None
        with ExitStack() as opened:
            self._dialogue = Dialogue(address, access, within_s)
            opened.callback(self.close)
            self.offer = self._begin("tcp" if address.is_encrypted else access.transport)
            opened.pop_all()
        self._dialogue.socket.settimeout(within_s)
        self.patience_s = within_s

    @property
    def sockets(self) -> list[socket.socket]:
        """What may have something to read."""
        beside = [] if self._beside is None else [self._beside.video, self._beside.reports]
        return [self._dialogue.socket, *beside]

    @property
    def left_out(self) -> int:
        """Pictures so far that did not come whole, or built on one that did not."""
        by = self._beside or self._unbroken
        return by.left_out if by else 0

    @property
    def is_mute(self) -> bool:
        """Whether it plays over UDP, and nothing has come yet."""
        return self._beside is not None and not self._beside.came

    def packets(self, ready: Collection[socket.socket]) -> list[Packet]:
        """Returns what has come on those of its sockets, of the video on channel 0, of its control on 1.

        Raises:
            SourceError: the camera has ended, or says what is no RTSP.
        """
        found = [] if self._beside is None else self._beside.packets(ready)
        if self._dialogue.socket in ready:
            for heard in self._dialogue.come():
                if isinstance(heard, Packet) and self._beside is None and heard.channel - self._channel in (0, 1):
                    found.append(Packet(heard.channel - self._channel, heard.content))
        return self._unbroken.of(found) if self._unbroken else found

    def gather(self, for_s: float, most_bytes: int) -> None:
        """Waits until so much has come over the connection, it has ended, or the time is over.

        Not over UDP: the kernel keeps little of what comes there, and throws the rest away.
        """
        if self._beside is None:
            control = self._dialogue.socket
            control.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, most_bytes)
            select.select([control], [], [], for_s)
            control.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)

    def send(self, packet: Packet) -> None:
        """Raises SourceError."""
        if self._beside is not None:
            self._beside.send_report(packet.content)
        else:
            self._dialogue.write(message.framed(Packet(self._channel + packet.channel, packet.content)))

    @property
    def speak_in_s(self) -> float:
        """How long until something must be said, or the camera would end the session."""
        return self._dialogue.spoken_s + self._silence_s / 2 - time.monotonic()

    def speak(self) -> None:
        """Raises SourceError."""
        self._dialogue.say("OPTIONS", self.offer.whole, {})

    def close(self) -> None:
        self._dialogue.close()
        if self._beside is not None:
            self._beside.close()

    def _begin(self, transport: str) -> Offer:
        """Raises SourceError."""
        ask = self._dialogue.ask
        try:
            offered = offer(ask("DESCRIBE", self._url, {"Accept": "application/sdp"}), self._url)
            self._set_up(offered, transport)
            played = ask("PLAY", offered.whole, {"Range": "npt=0.000-"})
            if self._beside is not None:
                self._beside.begin(first_of(played))
        except TimeoutError:
            raise SourceError(_("no answer in time")) from None
        return offered

    def _set_up(self, offered: Offer, transport: str) -> None:
        """Raises SourceError, TimeoutError."""
        ways = {"tcp": self._set_up_inside, "udp": self._set_up_beside}
        *first, last = _WAYS[transport]
        for way in first:
            try:
                return ways[way](offered)
            except TransportRefusedError:
                continue
        return ways[last](offered)

    def _set_up_inside(self, offered: Offer) -> None:
        """Raises SourceError, TimeoutError."""
        self._channel = channel_of(self._asked_for(offered, "RTP/AVP/TCP;unicast;interleaved=0-1"))
        if starts := STARTS.get(offered.codec):
            self._unbroken = UnbrokenPictures(starts)

    def _set_up_beside(self, offered: Offer) -> None:
        """Raises SourceError, TimeoutError."""
        self._beside = Datagrams(self._dialogue.socket, offered.codec)
        answer = self._asked_for(offered, "RTP/AVP;unicast;client_port={}-{}".format(*self._beside.ports))
        self._beside.expect_from(server_ports_of(answer))

    def _asked_for(self, offered: Offer, transport: str) -> Answer:
        """Raises SourceError, TimeoutError."""
        answer = self._dialogue.ask("SETUP", offered.track, {"Transport": transport})
        self._dialogue.session, self._silence_s = session_of(answer)
        return answer
