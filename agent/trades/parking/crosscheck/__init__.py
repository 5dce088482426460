"""What the parking tables say of one another and of other tables."""

from agent.config.problems import Report
from agent.config.reader import Table
from agent.trades.parking.crosscheck import bays, groups, sensors, wires


def crosscheck(config: Table, report: Report) -> None:
    for check in (sensors.check, bays.check, groups.check, wires.check):
        check(config, report)
