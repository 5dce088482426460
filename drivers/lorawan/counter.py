"""Which frame of a device is news, by its LoRaWAN frame counter (pure).

LoRaWAN 1.0.4 section 4.3.1.5: a counter counts up within a session and starts from 0 in the next, which begins when
the device joins and gets another DevAddr. A device that is not made to join may start from 0 in the same session.
"""

from collections import deque
from enum import StrEnum

from drivers.lorawan.uplink import UplinkFrame

WINDOW = 16
"""Frames that come so much behind the newest one were overtaken on their way."""

SURELY_LATER_S = 60.0
"""Frames do not overtake one another by so long: one that was sent so much later is new, whatever its counter says."""


class FrameVerdict(StrEnum):
    NEWS = "news"
    RESTARTED = "restarted"
    DUPLICATE = "duplicate"
    LATE = "late"


class FrameCounter:
    """What has been heard of one device since the start: the first frame is news, whatever it counts."""

    def __init__(self) -> None:
        self._keys: deque[str] = deque(maxlen=WINDOW)
        self._seen: deque[int] = deque(maxlen=WINDOW)
        self._last: UplinkFrame | None = None
        self._session_before = ""
        self.lost = 0
        """Frames that were sent between the last two that were news, and did not come in time."""

    def judge(self, heard: UplinkFrame) -> FrameVerdict:
        """NEWS and RESTARTED are to be read; the others tell nothing that is newer than what is known."""
        verdict = self._verdict(heard)
        if heard.key and heard.key not in self._keys:
            self._keys.append(heard.key)
        if verdict is FrameVerdict.RESTARTED:
            self._seen.clear()
            self._session_before = self._last.session if self._last else ""
        if heard.f_cnt not in self._seen:
            self._seen.append(heard.f_cnt)
        if verdict in (FrameVerdict.NEWS, FrameVerdict.RESTARTED):
            self.lost = heard.f_cnt - self._last.f_cnt - 1 if verdict is FrameVerdict.NEWS and self._last else 0
            self._last = heard
        return verdict

    def _verdict(self, heard: UplinkFrame) -> FrameVerdict:
        last = self._last
        if last is None:
            return FrameVerdict.NEWS
        if heard.key and heard.key in self._keys:
            return FrameVerdict.DUPLICATE
        if heard.session and last.session and heard.session != last.session:
            return FrameVerdict.LATE if heard.session == self._session_before else FrameVerdict.RESTARTED
        return FrameVerdict.NEWS if heard.f_cnt > last.f_cnt else self._behind(heard, last)

    def _behind(self, heard: UplinkFrame, last: UplinkFrame) -> FrameVerdict:
        """A frame that does not count more than the newest one of its session."""
        if heard.f_cnt < last.f_cnt - WINDOW or _surely_later(heard, last):
            return FrameVerdict.RESTARTED
        if heard.f_cnt not in self._seen:
            return FrameVerdict.LATE
        # A device counts 0 only once in a session: this is another 0.
        return FrameVerdict.RESTARTED if heard.f_cnt == 0 < last.f_cnt else FrameVerdict.DUPLICATE


def _surely_later(heard: UplinkFrame, last: UplinkFrame) -> bool:
    return None not in (heard.sent_s, last.sent_s) and (heard.sent_s or 0) - (last.sent_s or 0) >= SURELY_LATER_S
