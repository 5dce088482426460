"""What lighting answers as a trade of the pole."""

from datetime import date

from agent.config.problems import Report
from agent.config.reader import Table
from agent.trades.base import Trade
from agent.trades.lighting import crosscheck, event_types
from agent.trades.lighting.tables import LightingTables


class Lighting(Trade):
    name = "lighting"
    tables = LightingTables
    event_types = (event_types,)

    def include(self, config: Table, report: Report) -> bool:
        return True

    def crosscheck(self, config: Table, report: Report, today: date | None) -> None:
        crosscheck.crosscheck(config, report)
