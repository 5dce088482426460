"""What metering answers as a trade of the pole; each answer imports what it needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agent.trades.base import Kinds, Section, Trade

if TYPE_CHECKING:
    from datetime import date

    from agent.clock import Moment
    from agent.config.problems import Report
    from agent.config.reader import Table
    from agent.config.schema import Config
    from agent.trades.build import BuildContext, Part
    from agent.trades.metering.inventory import MeteringInventory
    from agent.trades.privacy import PrivacyFacts
    from agent.trades.units import Unit


class Metering(Trade):
    name = "metering"

    def kinds(self) -> Kinds:
        from agent.trades.metering.kinds import KINDS

        return KINDS

    def crosscheck(self, config: Table, report: Report, today: date | None) -> None:
        if not config.values.get("meter"):
            return
        from agent.trades.metering import crosscheck

        crosscheck.crosscheck(config, report)

    def narrowed(self, config: Config, file: Table | None) -> Config:
        return config

    def part(self, context: BuildContext) -> Part:
        from agent.trades.metering.build import MeteringPart

        return MeteringPart(context)

    def units(self, context: BuildContext) -> Iterable[Unit]:
        from agent.trades.metering import build

        return build.units(context)

    def inventory(self, config: Config) -> MeteringInventory:
        from agent.trades.metering import inventory
        from agent.trades.metering.tables import MeteringTables

        return inventory.inventory(config.of(MeteringTables))

    def check_rows(self, config: Config, today: date | None) -> Sequence[Section]:
        from agent.trades.metering import check_rows

        return check_rows.sections(config)

    def status_lines(self, answer: Mapping[str, Any]) -> Iterable[str]:
        from agent.trades.words import state_lines

        return state_lines("meter", answer["meters"])

    def privacy(self, config: Config, now: Moment, watched: Collection[str]) -> PrivacyFacts:
        from agent.trades.privacy import PrivacyFacts

        return PrivacyFacts()
