"""The rule by which an alarm is told as begun and as ended: it must last, and it is not repeated (pure)."""

from msgspec import Struct, structs

from agent.clock import Moment
from agent.events.alarms import AlarmData

REPEAT_S = 3600.0
"""The same alarm is told at most once in this time as begun, and once as ended: no noise, whatever its rhythm, makes
more messages. What begins again sooner is told when the time is over, if it still lasts."""


class Verdict(Struct, frozen=True):
    """What the readings say about one kind of alarm. Where they do not tell there is none, and nothing changes.

    Args:
        tells: what the city is told if it lasts; active: the condition to set it holds, else the one to clear it.
        at_s: monotonic seconds of the reading that says so: durations count from reading to reading.
        cause: which of several conditions it is, where only the same one can clear it.
    """

    tells: AlarmData
    at_s: float
    cause: str = ""

    @property
    def bad(self) -> bool:
        return self.tells.active


class Alarm(Struct, frozen=True, omit_defaults=True):
    """What the city was told of one kind of alarm.

    Args:
        begun, ended: when it was last told.
    """

    active: bool = False
    cause: str = ""
    begun: Moment | None = None
    ended: Moment | None = None


def contradicted_since(alarm: Alarm, since_s: float | None, verdict: Verdict | None) -> float | None:
    """Returns since when the readings contradict the alarm without a break, monotonic seconds; None: they do not."""
    if verdict is None or verdict.bad == alarm.active:
        return None
    return verdict.at_s if since_s is None else since_s


def next_alarm(alarm: Alarm, since_s: float | None, verdict: Verdict | None, now: Moment, after_s: float) -> Alarm:
    """The alarm after a finding: begun or ended once the findings have lasted `after_s`, at most once in REPEAT_S each.

    Across a restart where no clock tells how long ago it was told, it may be told again.
    """
    if verdict is None or since_s is None or verdict.at_s - since_s < after_s:
        return alarm
    before = alarm.begun if verdict.bad else alarm.ended
    ago_s = None if before is None else now.elapsed_since(before)
    if ago_s is not None and ago_s < REPEAT_S:
        return alarm
    if verdict.bad:
        return structs.replace(alarm, active=True, cause=verdict.cause, begun=now)
    return structs.replace(alarm, active=False, cause="", ended=now)
