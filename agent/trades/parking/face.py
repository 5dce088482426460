"""What parking answers as a trade of the pole; each answer imports what it needs."""

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
    from agent.trades.parking.inventory import ParkingInventory
    from agent.trades.privacy import PrivacyFacts
    from agent.trades.probing import ProbeContext
    from agent.trades.units import Unit


class Parking(Trade):
    name = "parking"

    def kinds(self) -> Kinds:
        from agent.trades.parking.kinds import KINDS

        return KINDS

    def command_line(self) -> CommandLine:
        from agent.trades.parking.cli import COMMAND_LINE

        return COMMAND_LINE

    def include(self, config: Table, report: Report) -> bool:
        from agent.trades.parking.crosscheck import rules_file, school_file

        whole = rules_file.add_rules(config, report)
        school_file.add_school_holidays(config, report)
        return whole

    def crosscheck(self, config: Table, report: Report, today: date | None) -> None:
        from agent.trades.parking import crosscheck

        crosscheck.crosscheck(config, report)

    def narrowed(self, config: Config, file: Table | None) -> Config:
        return config

    def part(self, context: BuildContext) -> Part:
        from agent.trades.parking.answers import add_answers
        from agent.trades.parking.part import ParkingPart

        part = ParkingPart(context)
        add_answers(context, part)
        return part

    def units(self, context: BuildContext) -> Iterable[Unit]:
        from agent.trades.parking import build

        return build.units(context)

    def inventory(self, config: Config) -> ParkingInventory:
        from agent.trades.parking import inventory
        from agent.trades.parking.tables import ParkingTables, groups_of_bays

        return inventory.inventory(config.of(ParkingTables), groups_of_bays(config))

    def check_rows(self, config: Config, today: date | None) -> Sequence[Section]:
        from agent.trades.parking import check_rows

        return check_rows.sections(config, today)

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
