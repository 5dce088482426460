"""What one table says of another: all that the type of a single key cannot tell.

Every check takes only values that were right in themselves, so that one mistake is reported once.
"""

from datetime import date

from agent.config.crosscheck import (
    bays,
    calendars,
    cameras,
    durations,
    kerb,
    lamps,
    lines,
    names,
    pole,
    programs,
    rules,
    sensors,
    store,
    uplink,
    zones,
)
from agent.config.problems import Report
from agent.config.reader import Table

_CHECKS = (
    names.check,
    pole.check,
    store.check,
    uplink.check,
    durations.check,
    lines.check,
    rules.check,
    sensors.check,
    bays.check,
    lamps.check,
    programs.check,
    calendars.check,
    cameras.check,
    zones.check,
)


def crosscheck(config: Table, report: Report, today: date | None = None) -> None:
    """Reports every contradiction and, as warnings, what will not do what its writer may expect.

    Args:
        today: local date by which an authorisation is in force; None: by the clock of this box.
    """
    for check in _CHECKS:
        check(config, report)
    kerb.check(config, report, today)
