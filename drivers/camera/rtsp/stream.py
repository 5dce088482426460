"""The pictures of a camera by RTSP, as FFmpeg decodes them behind the relay."""

from collections.abc import Iterator

from drivers.camera.access import Access
from drivers.camera.errors import SourceError
from drivers.camera.rtsp.relay import Relay
from drivers.camera.rtsp.session import Session
from drivers.camera.video import Shot, Video
from drivers.translation import _

READ_TIMEOUT_S = 20.0
"""Ends the thread of a camera that has been given up."""

TRANSPORT = {"rtsp_transport": "tcp", "protocol_whitelist": "rtp,tcp", "fpsprobesize": "0"}
"""The options of RTSP. Without the last, FFmpeg waits for about 20 frames to learn the frame rate, which is not
used."""


class RtspStream:
    """A network camera, which gives what a `Video` gives. Raises SourceError: it cannot be opened, or sends nothing."""

    def __init__(
        self, source: str, access: Access, open_s: float, *, keys_only: bool, largest: tuple[int, int]
    ) -> None:
        self._session = Session(source, open_s, access)
        self._relay = Relay(self._session, open_s)
        self._video = self._opened(open_s, keys_only, largest)
        if not all(self._video.size):
            self.close()
            raise self._mute() or SourceError(
                _("it answers, but sends no pictures"), _("check that its stream is switched on")
            )

        if keys_only:
            self._relay.leave_out_between_keys()

    @property
    def left_out(self) -> int:
        return self._session.left_out

    def shots(self) -> Iterator[Shot]:
        """Each picture, until the camera ends. Raises SourceError."""
        yield from self._video.shots()
        if self._relay.why:
            raise SourceError(self._relay.why)

    def close(self) -> None:
        self._relay.close()
        self._video.close()

    def _opened(self, open_s: float, keys_only: bool, largest: tuple[int, int]) -> Video:
        """Raises SourceError."""
        timeouts_s = (open_s, READ_TIMEOUT_S)
        try:
            return Video(self._relay.url, TRANSPORT, timeouts_s, largest=largest, keys_only=keys_only)
        except SourceError as error:
            why = self._relay.why
            self._relay.close()
            raise (SourceError(why) if why else self._mute() or error) from None

    def _mute(self) -> SourceError | None:
        """Returns the error for a camera of which nothing has come over UDP; None: it is none."""
        if not self._session.is_mute:
            return None
        what = _("nothing has come over UDP")
        return SourceError(what, _('let a firewall pass UDP from the camera, or set transport to "tcp"'))
