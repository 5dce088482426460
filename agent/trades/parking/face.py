"""What parking answers as a trade of the pole."""

from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from agent.clock import Moment
from agent.config.problems import Report
from agent.config.reader import Table
from agent.config.schema import Config
from agent.trades.base import Nothing, Section, Trade
from agent.trades.build import BuildContext, Part, WatchedPlace
from agent.trades.parking import (
    build,
    crosscheck,
    event_types,
    inventory,
    sensor_event_types,
)
from agent.trades.parking.crosscheck import rules_file
from agent.trades.parking.inventory import ParkingInventory
from agent.trades.parking.retained import Bay
from agent.trades.parking.statistics import event_types as statistics_event_types
from agent.trades.parking.tables import ParkingTables
from agent.trades.privacy import PrivacyFacts
from agent.trades.probing import ProbeContext


class Parking(Trade):
    """What a command alone needs is imported when it runs: the daemon does without."""

    name = "parking"
    tables = ParkingTables
    commanded = ()
    event_types = (event_types, sensor_event_types, statistics_event_types)
    state_kinds = (Bay,)
    inventory_kind = ParkingInventory
    facts_kind = Nothing

    def include(self, config: Table, report: Report) -> bool:
        return rules_file.add_rules(config, report)

    def crosscheck(self, config: Table, report: Report, today: date | None) -> None:
        crosscheck.crosscheck(config, report)

    def places(self, config: Config) -> Mapping[str, WatchedPlace]:
        return {}

    async def build(self, context: BuildContext) -> Part:
        return await build.build(context)

    def inventory(self, config: Config) -> Mapping[str, Any]:
        return inventory.inventory(config.of(ParkingTables))

    def facts(self, config: Config, now: Moment) -> Mapping[str, Any]:
        return {}

    def check_rows(self, config: Config, today: date | None) -> Sequence[Section]:
        from agent.trades.parking import check_rows

        return check_rows.sections(config)

    def probe(self, context: ProbeContext) -> Mapping[str, Awaitable[str]]:
        from agent.trades.parking import probe

        return probe.probe(context)

    def status_lines(self, answer: Mapping[str, Any]) -> Iterable[str]:
        from agent.trades.parking import technician

        return technician.status_lines(answer)

    def device_words(self, device: Mapping[str, Any]) -> Iterable[str]:
        from agent.trades.parking import technician

        return technician.device_words(device)

    def privacy(self, config: Config, now: Moment, watched: Collection[str]) -> PrivacyFacts:
        from agent.trades.parking import privacy

        return privacy.privacy(config)
