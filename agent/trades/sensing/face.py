"""What sensing answers as a trade of the pole; each answer imports what it needs."""

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
    from agent.trades.command_line import CommandLine
    from agent.trades.privacy import PrivacyFacts
    from agent.trades.sensing.inventory import SensingInventory
    from agent.trades.units import Unit


class Sensing(Trade):
    name = "sensing"

    def kinds(self) -> Kinds:
        from agent.trades.sensing.kinds import KINDS

        return KINDS

    def command_line(self) -> CommandLine:
        from agent.trades.sensing.cli import COMMAND_LINE

        return COMMAND_LINE

    def crosscheck(self, config: Table, report: Report, today: date | None) -> None:
        if not config.values.get("station"):
            return
        from agent.trades.sensing import crosscheck

        crosscheck.crosscheck(config, report)

    def narrowed(self, config: Config, file: Table | None) -> Config:
        return config

    def part(self, context: BuildContext) -> Part:
        from agent.trades.sensing.answers import add_answers
        from agent.trades.sensing.part import SensingPart

        add_answers(context)
        return SensingPart(context)

    def units(self, context: BuildContext) -> Iterable[Unit]:
        from agent.trades.sensing.tables import SensingTables

        if not context.config.of(SensingTables).station:
            return ()
        from agent.trades.sensing import build

        return build.units(context)

    def inventory(self, config: Config) -> SensingInventory:
        from agent.trades.sensing import inventory
        from agent.trades.sensing.tables import SensingTables

        return inventory.inventory(config.of(SensingTables))

    def check_rows(self, config: Config, today: date | None) -> Sequence[Section]:
        from agent.trades.sensing import check_rows

        return check_rows.sections(config, today)

    def status_lines(self, answer: Mapping[str, Any]) -> Iterable[str]:
        from agent.trades.words import state_lines

        return state_lines("station", answer.get("stations", {}))

    def privacy(self, config: Config, now: Moment, watched: Collection[str]) -> PrivacyFacts:
        from agent.trades.privacy import PrivacyFacts

        return PrivacyFacts()
