"""What lighting answers as a trade of the pole; each answer imports what it needs."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agent.trades.base import Kinds, Section, Trade

if TYPE_CHECKING:
    from datetime import date

    from agent.clock import Moment
    from agent.config.problems import Report
    from agent.config.reader import Table
    from agent.config.schema import Config
    from agent.trades.build import BuildContext, Part
    from agent.trades.command_line import CommandLine
    from agent.trades.lighting.inventory import LightingInventory
    from agent.trades.privacy import PrivacyFacts
    from agent.trades.probing import ProbeContext
    from agent.trades.units import Unit


class Lighting(Trade):
    name = "lighting"

    def kinds(self) -> Kinds:
        from agent.trades.lighting.kinds import KINDS

        return KINDS

    def command_line(self) -> CommandLine:
        from agent.trades.lighting.cli import COMMAND_LINE

        return COMMAND_LINE

    def crosscheck(self, config: Table, report: Report, today: date | None) -> None:
        from agent.trades.lighting import crosscheck

        crosscheck.crosscheck(config, report)

    def narrowed(self, config: Config, file: Table | None) -> Config:
        return config

    def part(self, context: BuildContext) -> Part:
        from agent.trades.lighting.part import LightingPart

        return LightingPart(context)

    def units(self, context: BuildContext) -> Iterable[Unit]:
        from agent.trades.lighting import build

        return build.units(context)

    def inventory(self, config: Config) -> LightingInventory:
        from agent.trades.lighting import inventory
        from agent.trades.lighting.tables import LightingTables

        return inventory.inventory(config.of(LightingTables))

    def check_rows(self, config: Config, today: date | None) -> Sequence[Section]:
        from agent.trades.lighting import check_rows

        return check_rows.sections(config, today)

    def probe(self, context: ProbeContext) -> Mapping[str, Awaitable[str]]:
        from agent.trades.lighting import probe

        return probe.probe(context)

    def status_lines(self, answer: Mapping[str, Any]) -> Iterable[str]:
        from agent.trades.words import state_lines

        return state_lines("lamp", answer["lamps"])

    def privacy(self, config: Config, now: Moment, watched: Collection[str]) -> PrivacyFacts:
        from agent.trades.lighting import privacy

        return privacy.privacy(config, watched)
