"""What the kerb answers as a trade of the pole."""

from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from agent.clock import Moment
from agent.config.problems import Report
from agent.config.reader import Table
from agent.config.schema import Config
from agent.trades.base import Section, Trade
from agent.trades.build import BuildContext, Part, WatchedPlace
from agent.trades.kerb import build, crosscheck, event_types, inventory
from agent.trades.kerb.inventory import KerbFacts, KerbInventory
from agent.trades.kerb.retained import Camera, Zone
from agent.trades.kerb.tables import KerbTables
from agent.trades.privacy import PrivacyFacts
from agent.trades.probing import ProbeContext


class Kerb(Trade):
    """What a command alone needs is imported when it runs: the daemon does without."""

    name = "kerb"
    tables = KerbTables
    commanded = ()
    event_types = (event_types,)
    state_kinds = (Zone, Camera)
    inventory_kind = KerbInventory
    facts_kind = KerbFacts

    def include(self, config: Table, report: Report) -> bool:
        return True

    def crosscheck(self, config: Table, report: Report, today: date | None) -> None:
        crosscheck.crosscheck(config, report, today)

    def places(self, config: Config) -> Mapping[str, WatchedPlace]:
        return build.places(config)

    async def build(self, context: BuildContext) -> Part:
        return await build.build(context)

    def inventory(self, config: Config) -> Mapping[str, Any]:
        return inventory.inventory(config.of(KerbTables))

    def facts(self, config: Config, now: Moment) -> Mapping[str, Any]:
        return inventory.facts(config, now)

    def check_rows(self, config: Config, today: date | None) -> Sequence[Section]:
        from agent.trades.kerb import check_rows

        return check_rows.sections(config)

    def probe(self, context: ProbeContext) -> Mapping[str, Awaitable[str]]:
        from agent.trades.kerb import probe

        return probe.probe(context)

    def status_lines(self, answer: Mapping[str, Any]) -> Iterable[str]:
        from agent.trades.kerb import technician

        return technician.status_lines(answer)

    def device_words(self, device: Mapping[str, Any]) -> Iterable[str]:
        from agent.trades.kerb import technician

        return technician.device_words(device)

    def privacy(self, config: Config, now: Moment, watched: Collection[str]) -> PrivacyFacts:
        from agent.trades.kerb import privacy

        return privacy.privacy(config, now)
