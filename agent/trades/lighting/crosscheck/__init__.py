"""What the lighting tables say of one another and of other tables."""

from agent.config.problems import Report
from agent.config.reader import Table
from agent.trades.lighting.crosscheck import calendars, groups, lamps, programs


def crosscheck(config: Table, report: Report) -> None:
    for check in (lamps.check, programs.check, calendars.check, groups.check):
        check(config, report)
