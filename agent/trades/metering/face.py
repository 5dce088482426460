"""What metering answers as a trade of the pole."""

from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from agent.clock import Moment
from agent.config.problems import Report
from agent.config.reader import Table
from agent.config.schema import Config
from agent.trades.base import Nothing, Section, Trade
from agent.trades.build import BuildContext, Part, WatchedPlace
from agent.trades.metering import build, crosscheck, event_types, inventory
from agent.trades.metering.inventory import MeteringInventory
from agent.trades.metering.tables import MeteringTables
from agent.trades.privacy import PrivacyFacts
from agent.trades.probing import ProbeContext
from agent.trades.words import state_lines


class Metering(Trade):
    """What a command alone needs is imported when it runs: the daemon does without."""

    name = "metering"
    tables = MeteringTables
    commanded = ()
    event_types = (event_types,)
    state_kinds = ()
    inventory_kind = MeteringInventory
    facts_kind = Nothing

    def include(self, config: Table, report: Report) -> bool:
        return True

    def crosscheck(self, config: Table, report: Report, today: date | None) -> None:
        crosscheck.crosscheck(config, report)

    def places(self, config: Config) -> Mapping[str, WatchedPlace]:
        return {}

    async def build(self, context: BuildContext) -> Part:
        return await build.build(context)

    def inventory(self, config: Config) -> Mapping[str, Any]:
        return inventory.inventory(config.of(MeteringTables))

    def facts(self, config: Config, now: Moment) -> Mapping[str, Any]:
        return {}

    def check_rows(self, config: Config, today: date | None) -> Sequence[Section]:
        from agent.trades.metering import check_rows

        return check_rows.sections(config)

    def probe(self, context: ProbeContext) -> Mapping[str, Awaitable[str]]:
        return {}

    def status_lines(self, answer: Mapping[str, Any]) -> Iterable[str]:
        return state_lines("meter", answer["meters"])

    def device_words(self, device: Mapping[str, Any]) -> Iterable[str]:
        return ()

    def privacy(self, config: Config, now: Moment, watched: Collection[str]) -> PrivacyFacts:
        return PrivacyFacts()
