"""What parking answers as a trade of the pole; each answer imports what it needs."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agent.trades.base import Nothing, Section, Trade

if TYPE_CHECKING:
    from datetime import date
    from types import ModuleType

    from msgspec import Struct

    from agent.clock import Moment
    from agent.config.problems import Report
    from agent.config.reader import Table
    from agent.config.schema import Config
    from agent.trades.build import BuildContext, Part, WatchedPlace
    from agent.trades.command_line import CheckOption, FileSchema, SubCommand
    from agent.trades.parking.inventory import ParkingInventory
    from agent.trades.parking.tables import ParkingTables
    from agent.trades.privacy import PrivacyFacts
    from agent.trades.probing import ProbeContext


class Parking(Trade):
    name = "parking"
    commanded = ()

    @property
    def tables(self) -> type[ParkingTables]:
        from agent.trades.parking.tables import ParkingTables

        return ParkingTables

    @property
    def event_types(self) -> tuple[ModuleType, ...]:
        from agent.trades.parking import event_types, sensor_event_types
        from agent.trades.parking.statistics import event_types as statistics_event_types

        return event_types, sensor_event_types, statistics_event_types

    @property
    def state_kinds(self) -> tuple[type[Struct], ...]:
        from agent.trades.parking.retained import Bay

        return (Bay,)

    @property
    def inventory_kind(self) -> type[ParkingInventory]:
        from agent.trades.parking.inventory import ParkingInventory

        return ParkingInventory

    @property
    def facts_kind(self) -> type[Nothing]:
        return Nothing

    def commands(self) -> Sequence[SubCommand]:
        from agent.trades.parking import cli

        return cli.COMMANDS

    def check_options(self) -> Sequence[CheckOption]:
        return ()

    def file_schemas(self) -> Sequence[FileSchema]:
        from agent.trades.parking import cli

        return cli.FILES

    def include(self, config: Table, report: Report) -> bool:
        from agent.trades.parking.crosscheck import rules_file

        return rules_file.add_rules(config, report)

    def crosscheck(self, config: Table, report: Report, today: date | None) -> None:
        from agent.trades.parking import crosscheck

        crosscheck.crosscheck(config, report)

    def places(self, config: Config) -> Mapping[str, WatchedPlace]:
        return {}

    def part(self, context: BuildContext) -> Part:
        from agent.trades.parking.part import ParkingPart

        return ParkingPart(context.config.of(self.tables), context.isolation)

    async def build(self, context: BuildContext) -> None:
        from agent.trades.parking import build

        await build.build(context)

    def inventory(self, config: Config) -> Mapping[str, Any]:
        from agent.trades.parking import inventory

        return inventory.inventory(config.of(self.tables))

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
