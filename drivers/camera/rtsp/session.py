"""One RTSP session with a camera, over one connection."""

import socket
import time
from contextlib import ExitStack
from urllib.parse import unquote, urlsplit

from drivers.camera.errors import SourceError
from drivers.camera.rtsp import message
from drivers.camera.rtsp.authorization import Authorization, Login
from drivers.camera.rtsp.description import Offer, channel_of, offer, session_of
from drivers.camera.rtsp.message import Answer, Packet, Parser, Request
from drivers.options import without_passwords
from drivers.translation import _

PORT = 554
PIECE_BYTES = 64 * 1024

_OK, _REDIRECTS, _LOGIN, _UNSUPPORTED = 200, range(300, 400), 401, 461


class Session:
    """The video of a camera, which plays. Connects only to the host and port of its URL, whatever the camera answers.

    Args:
        url: rtsp://[user:password@]host[:port]/path; user and password may be percent-encoded.
        within_s: for all that is asked until it plays.

    Raises:
        SourceError: it cannot be reached, refuses the login, sends us elsewhere, or says what is no RTSP.
    """

    def __init__(self, url: str, within_s: float) -> None:
        parts = urlsplit(url)
        who, _at, where = parts.netloc.rpartition("@")
        self._url = parts._replace(netloc=where, fragment="").geturl()
        self._authorization = Authorization(_login(who))
        self._parser, self._number, self._session = Parser(), 0, ""
        self._silence_s, self._spoken_s = 60.0, time.monotonic()
        self._until_s = time.monotonic() + within_s
        with ExitStack() as opened:
            self.socket = opened.enter_context(_connected(parts.hostname or "", parts.port or PORT, within_s))
            self.offer, self._channel = self._begin()
            opened.pop_all()
        self.socket.settimeout(within_s)

    def packets(self) -> list[Packet]:
        """Waits for more, and returns what has come whole: of the video on channel 0, of its control on 1.

        Raises:
            SourceError: the camera has ended, or says what is no RTSP.
        """
        self._parser.feed(self._more())
        found = []
        while (heard := self._heard()) is not None:
            if isinstance(heard, Packet) and heard.channel - self._channel in (0, 1):
                found.append(Packet(heard.channel - self._channel, heard.content))
        return found

    def send(self, packet: Packet) -> None:
        """Raises SourceError."""
        self._write(message.framed(Packet(self._channel + packet.channel, packet.content)))

    @property
    def speak_in_s(self) -> float:
        """How long until something must be said, or the camera would end the session."""
        return self._spoken_s + self._silence_s / 2 - time.monotonic()

    def speak(self) -> None:
        """Raises SourceError."""
        self._send("OPTIONS", self.offer.whole, {})

    def close(self) -> None:
        self.socket.close()

    def _begin(self) -> tuple[Offer, int]:
        """Raises SourceError."""
        try:
            offered = offer(self._ask("DESCRIBE", self._url, {"Accept": "application/sdp"}), self._url)
            way = {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"}
            set_up = self._ask("SETUP", offered.track, way)
            self._session, self._silence_s = session_of(set_up)
            channel = channel_of(set_up)
            self._ask("PLAY", offered.whole, {"Range": "npt=0.000-"})
        except TimeoutError:
            raise SourceError(_("no answer in time")) from None
        return offered, channel

    def _ask(self, method: str, url: str, headers: dict[str, str]) -> Answer:
        """Returns the answer. Raises SourceError for one that is a refusal, or sends us elsewhere; TimeoutError."""
        while True:
            self._send(method, url, headers)
            answer = self._answer()
            if answer.status == _OK:
                return answer
            challenge = answer.headers.get("www-authenticate", "")
            if answer.status != _LOGIN or not self._authorization.challenged(challenge):
                raise _refused(answer)

    def _send(self, method: str, url: str, headers: dict[str, str]) -> None:
        self._number += 1
        self._spoken_s = time.monotonic()
        session = {"Session": self._session} if self._session else {}
        said = headers | session | self._authorization.header(method, url)
        self._write(message.request(method, url, self._number, said))

    def _answer(self) -> Answer:
        """Returns the answer to what was asked last. Raises SourceError, TimeoutError."""
        while True:
            heard = self._heard()
            if heard is None:
                self._parser.feed(self._more_in_time())
            elif isinstance(heard, Answer) and heard.headers.get("cseq") in {str(self._number), None}:
                return heard

    def _heard(self) -> Answer | Packet | None:
        """Returns the next message that has come whole. Raises SourceError."""
        while isinstance(heard := self._parser.next(), Request):
            self._write(message.answer(heard, "501 Not Implemented"))
        return heard

    def _more_in_time(self) -> bytes:
        """Raises SourceError, TimeoutError: until it plays, all must be answered by then, however slowly it drips."""
        wait_s = self._until_s - time.monotonic()
        if wait_s <= 0:
            raise TimeoutError
        self.socket.settimeout(wait_s)
        return self._more()

    def _more(self) -> bytes:
        """Raises SourceError: the end; TimeoutError."""
        try:
            more = self.socket.recv(PIECE_BYTES)
        except TimeoutError:
            raise
        except OSError as error:
            raise SourceError(error.strerror or str(error)) from None
        if not more:
            raise SourceError(_("it has closed the connection"))
        return more

    def _write(self, content: bytes) -> None:
        """Raises SourceError."""
        try:
            self.socket.sendall(content)
        except OSError as error:
            raise SourceError(error.strerror or str(error)) from None


def _login(who: str) -> Login | None:
    user, _colon, password = who.partition(":")
    return Login(unquote(user), unquote(password)) if who else None


def _connected(host: str, port: int, within_s: float) -> socket.socket:
    """Raises SourceError."""
    try:
        return socket.create_connection((host, port), timeout=within_s)
    except TimeoutError:
        raise SourceError(_("no answer in time")) from None
    except OSError as error:
        raise SourceError(error.strerror or str(error)) from None


def _refused(answer: Answer) -> SourceError:
    told = f"{answer.status} {answer.reason}"
    if answer.status in _REDIRECTS:
        where = without_passwords(answer.headers.get("location", "?")[:200])
        what = _("it sends us to another address, {where}, which is not followed")
        return SourceError(what.format(where=repr(where)), _("write that one as source, if it is the camera's"))
    if answer.status == _LOGIN:
        return SourceError(_("it refuses user and password ({told})").format(told=told))
    if answer.status == _UNSUPPORTED:
        return SourceError(
            _("it does not send over TCP ({told})").format(told=told), _("switch RTSP over TCP on there")
        )
    return SourceError(_("it refuses ({told})").format(told=told))
