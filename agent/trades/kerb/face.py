"""What the kerb answers as a trade of the pole; each answer imports what it needs."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.trades.base import Kinds, Section, Trade

if TYPE_CHECKING:
    from datetime import date

    from agent.clock import Moment
    from agent.config.problems import Report
    from agent.config.reader import Table
    from agent.config.schema import Config
    from agent.trades.build import BuildContext, Part, WatchedPlace
    from agent.trades.command_line import CommandLine
    from agent.trades.kerb.inventory import KerbFacts, KerbInventory
    from agent.trades.privacy import PrivacyFacts
    from agent.trades.probing import ProbeContext
    from agent.trades.units import Unit


class Kerb(Trade):
    name = "kerb"

    def kinds(self) -> Kinds:
        from agent.trades.kerb.kinds import KINDS

        return KINDS

    def command_line(self) -> CommandLine:
        from agent.trades.kerb.cli import COMMAND_LINE

        return COMMAND_LINE

    def crosscheck(self, config: Table, report: Report, today: date | None) -> None:
        if not (config.values.get("camera") or config.values.get("zone")) and _is_statistics(config.values.get("kerb")):
            return
        from agent.trades.kerb import crosscheck

        crosscheck.crosscheck(config, report, today)

    def narrowed(self, config: Config, file: Table | None) -> Config:
        from agent.trades.kerb import narrowed

        return narrowed.narrowed(config, file)

    def places(self, config: Config) -> Mapping[str, WatchedPlace]:
        if not _has_cameras(config):
            return {}
        from agent.trades.kerb import build

        return build.places(config)

    def part(self, context: BuildContext) -> Part:
        from agent.trades.kerb.part import KerbPart

        return KerbPart(context)

    def units(self, context: BuildContext) -> Iterable[Unit]:
        if not _has_cameras(context.config):
            from agent.trades.kerb import mode_told

            return mode_told.units_without_cameras(context)
        from agent.trades.kerb import build

        return build.units(context)

    def inventory(self, config: Config) -> KerbInventory:
        from agent.trades.kerb import inventory
        from agent.trades.kerb.tables import KerbTables

        return inventory.inventory(config.of(KerbTables), Path(config.pole.models_dir))

    def facts(self, config: Config, now: Moment) -> KerbFacts:
        from agent.trades.kerb import inventory

        return inventory.facts(config, now)

    def check_rows(self, config: Config, today: date | None) -> Sequence[Section]:
        from agent.trades.kerb import check_rows

        return check_rows.sections(config, today)

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


def _is_statistics(kerb: Any) -> bool:
    """Tells of a table [kerb] whether nothing in it can be contradicted: there is no alert mode to authorise."""
    return kerb is not None and kerb.values.get("mode") == "statistics"


def _has_cameras(config: Config) -> bool:
    """Whether there is any camera or zone: without, the pole has no use for what builds them."""
    from agent.trades.kerb.tables import KerbTables

    tables = config.of(KerbTables)
    return bool(tables.camera or tables.zone)
