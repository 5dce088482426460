"""What parking processes, keeps and sends."""

from collections.abc import Iterator

from agent.config.schema import Config
from agent.trades.parking.tables import ParkingTables
from agent.trades.privacy import Fact, PrivacyFacts
from drivers.place import titled


def privacy(config: Config) -> PrivacyFacts:
    tables = config.of(ParkingTables)
    exempt = any(rule.exempt_tags for rule in tables.rule.values())
    tags = "compared with the exempt tags of the rule; neither kept nor sent"
    readable = "stand in the configuration: let only the daemon read it (chmod 600)"
    return PrivacyFacts(
        processed=(*_processed(tables), *([("tags of vehicles", tags)] if exempt else [])),
        kept=tuple(_kept(config, tables)) if tables.bay else (),
        sent=((_SENT, "when a bay was occupied and for how long; no vehicle is named"),) if tables.bay else (),
        protected=(("exempt tags", readable),) if exempt else (),
    )


_SENT = "bay.occupied, bay.freed, bay.overstay"


def _processed(tables: ParkingTables) -> Iterator[Fact]:
    for name, bay in tables.bay.items():
        yield f"bay {titled(name, bay)}", f"occupied or free, from {', '.join((bay.sensor, *bay.also))}: no picture"


def _kept(config: Config, tables: ParkingTables) -> Iterator[Fact]:
    disk = config.store.path
    yield "the stay in a bay", f"{disk}, until the bay is free"
    yield "the days of a bay", f"{disk}: when it was occupied, {tables.parking.keep_days} days; no vehicle is named"
