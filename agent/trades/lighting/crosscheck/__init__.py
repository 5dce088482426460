"""What the lighting tables say of one another and of other tables."""

from agent.config.problems import Report
from agent.config.reader import Table
from agent.trades.lighting.crosscheck import calendars, colours, groups, lamps, lorawan, programs, switching


def crosscheck(config: Table, report: Report) -> None:
    for check in (
        lamps.check,
        lorawan.check,
        programs.check,
        calendars.check,
        groups.check,
        switching.check,
        colours.check,
    ):
        check(config, report)
