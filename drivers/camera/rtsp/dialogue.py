"""Questions to a camera and their answers, over one connection to the host and port that was named."""

import ssl
import time

from drivers.camera.access import Access
from drivers.camera.connection import connected
from drivers.camera.errors import SourceError
from drivers.camera.refusal import LOGIN, OK, UNSUPPORTED, TransportRefusedError, refused
from drivers.camera.rtsp import message
from drivers.camera.rtsp.authorization import Authorization, login_of
from drivers.camera.rtsp.message import Answer, Packet, Parser, Request
from drivers.camera.stream_url import StreamUrl
from drivers.translation import _

PIECE_BYTES = 64 * 1024


class Dialogue:
    """One connection.

    Args:
        within_s: for all that is asked.
        session: id that the camera has given to what it plays; "": none yet.
        spoken_s: monotonic time at which something was asked last.

    Raises SourceError: it cannot be reached.
    """

    def __init__(self, address: StreamUrl, access: Access, within_s: float) -> None:
        self.session = ""
        self.spoken_s = time.monotonic()
        self._authorization = Authorization(login_of(address, access))
        self._parser, self._number = Parser(), 0
        self._until_s = time.monotonic() + within_s
        self.socket = connected(address, access, within_s)

    def ask(self, method: str, url: str, headers: dict[str, str]) -> Answer:
        """Returns the answer. Raises SourceError for one that is a refusal, or sends us elsewhere; TimeoutError."""
        while True:
            self.say(method, url, headers)
            answer = self._answer()
            if answer.status == OK:
                return answer
            challenge = answer.headers.get("www-authenticate", "")
            if answer.status != LOGIN or not self._authorization.challenged(challenge):
                raise _refused(answer, headers.get("Transport", ""))

    def say(self, method: str, url: str, headers: dict[str, str]) -> None:
        """Asks what is answered later, or not at all. Raises SourceError."""
        self._number += 1
        self.spoken_s = time.monotonic()
        session = {"Session": self.session} if self.session else {}
        said = headers | session | self._authorization.header(method, url)
        self.write(message.request(method, url, self._number, said))

    def come(self) -> list[Answer | Packet]:
        """Waits for more, and returns what has come whole. Raises SourceError: the camera has ended, or is none."""
        self._parser.feed(self._more())
        while isinstance(self.socket, ssl.SSLSocket) and self.socket.pending():
            self._parser.feed(self._more())
        return list(iter(self._heard, None))

    def write(self, content: bytes) -> None:
        """Raises SourceError."""
        try:
            self.socket.sendall(content)
        except OSError as error:
            raise SourceError(error.strerror or str(error)) from None

    def close(self) -> None:
        self.socket.close()

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
            self.write(message.answer(heard, "501 Not Implemented"))
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


def _refused(answer: Answer, transport: str) -> SourceError:
    """Tells of a refusal; `transport`: the header by which pictures were asked for."""
    if answer.status != UNSUPPORTED:
        return refused(answer.status, answer.reason, answer.headers)
    told = f"{answer.status} {answer.reason}"
    if "TCP" in transport:
        what = _("it does not send over TCP ({told})").format(told=told)
        return TransportRefusedError(what, _('switch RTSP over TCP on there, or set transport to "udp" or "auto"'))
    what = _("it does not send over UDP ({told})").format(told=told)
    return TransportRefusedError(what, _('switch RTSP over UDP on there, or set transport to "tcp"'))
