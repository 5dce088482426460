"""Whether the clock of this box is set."""

from agent.cli.probe.answer import Answer
from agent.clock import SystemClock
from agent.configuration import Config
from drivers.translation import _


def clock(config: Config) -> Answer:
    now = SystemClock(config.pole.clock).now()
    time = now.utc.isoformat(timespec="seconds").replace("+00:00", "Z")
    if not now.trusted:
        words = _("{time}, not set: programs and stations wait, times are marked; see {command}, or clock of [pole]")
        return Answer("clock", False, words.format(time=time, command="timedatectl"))
    words = _("{time}, by NTP") if config.pole.clock == "ntp" else _('{time}, taken as set (clock = "rtc")')
    return Answer("clock", True, words.format(time=time))
