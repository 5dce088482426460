"""Whether the clock of this box is set."""

from agent.cli.probe.answer import Answer
from agent.clock import SystemClock
from agent.configuration import Config


def clock(config: Config) -> Answer:
    now = SystemClock(config.pole.clock).now()
    time = now.utc.isoformat(timespec="seconds").replace("+00:00", "Z")
    if not now.trusted:
        return Answer("clock", False, f"{time}, not set: programs wait and times are marked; see timedatectl")
    by = "by NTP" if config.pole.clock == "ntp" else 'taken as set (clock = "rtc")'
    return Answer("clock", True, f"{time}, {by}")
