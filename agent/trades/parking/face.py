"""What parking answers as a trade of the pole."""

from datetime import date

from agent.config.problems import Report
from agent.config.reader import Table
from agent.trades.base import Trade
from agent.trades.parking import crosscheck, event_types, sensor_event_types
from agent.trades.parking.crosscheck import rules_file
from agent.trades.parking.statistics import event_types as statistics_event_types
from agent.trades.parking.tables import ParkingTables


class Parking(Trade):
    name = "parking"
    tables = ParkingTables
    event_types = (event_types, sensor_event_types, statistics_event_types)

    def include(self, config: Table, report: Report) -> bool:
        return rules_file.add_rules(config, report)

    def crosscheck(self, config: Table, report: Report, today: date | None) -> None:
        crosscheck.crosscheck(config, report)
