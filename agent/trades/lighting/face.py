"""What lighting answers as a trade of the pole."""

from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from agent.clock import Moment
from agent.config.problems import Report
from agent.config.reader import Table
from agent.config.schema import Config
from agent.trades.base import Nothing, Section, Trade
from agent.trades.build import BuildContext, Part, WatchedPlace
from agent.trades.lighting import build, crosscheck, event_types, inventory
from agent.trades.lighting.inventory import LightingInventory
from agent.trades.lighting.retained import Lamp
from agent.trades.lighting.tables import LightingTables
from agent.trades.privacy import PrivacyFacts
from agent.trades.probing import ProbeContext
from agent.trades.words import state_lines


class Lighting(Trade):
    """What a command alone needs is imported when it runs: the daemon does without."""

    name = "lighting"
    tables = LightingTables
    commanded = ("lamp",)
    event_types = (event_types,)
    state_kinds = (Lamp,)
    inventory_kind = LightingInventory
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
        return inventory.inventory(config.of(LightingTables))

    def facts(self, config: Config, now: Moment) -> Mapping[str, Any]:
        return {}

    def check_rows(self, config: Config, today: date | None) -> Sequence[Section]:
        from agent.trades.lighting import check_rows

        return check_rows.sections(config, today)

    def probe(self, context: ProbeContext) -> Mapping[str, Awaitable[str]]:
        return {}

    def status_lines(self, answer: Mapping[str, Any]) -> Iterable[str]:
        return state_lines("lamp", answer["lamps"])

    def device_words(self, device: Mapping[str, Any]) -> Iterable[str]:
        return ()

    def privacy(self, config: Config, now: Moment, watched: Collection[str]) -> PrivacyFacts:
        from agent.trades.lighting import privacy

        return privacy.privacy(config, watched)
