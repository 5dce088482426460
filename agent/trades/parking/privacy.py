"""What parking processes, keeps and sends."""

from collections.abc import Iterator

from agent.config.schema import Config
from agent.trades.parking.stays.dossier import KEPT
from agent.trades.parking.tables import ParkingTables
from agent.trades.privacy import Fact, PrivacyFacts
from drivers.place import titled
from drivers.translation import _


def privacy(config: Config) -> PrivacyFacts:
    tables = config.of(ParkingTables)
    exempt = any(rule.exempt_tags for rule in tables.rule.values())
    tags = _("compared with the exempt tags of the rule; neither kept nor sent")
    readable = _("stand in the configuration: let only the daemon read it ({command})").format(command="chmod 600")
    return PrivacyFacts(
        processed=(*_processed(tables), *([(_("tags of vehicles"), tags)] if exempt else [])),
        kept=tuple(_kept(config, tables)) if tables.bay else (),
        sent=((_SENT, _("when a bay was occupied and for how long; no vehicle is named")),) if tables.bay else (),
        protected=((_("exempt tags"), readable),) if exempt else (),
    )


_SENT = "bay.occupied, bay.freed, bay.overstay, bay.overstay_presumed"


def _processed(tables: ParkingTables) -> Iterator[Fact]:
    for name, bay in tables.bay.items():
        seen = _("occupied or free, from {sources}: no picture").format(sources=", ".join((bay.sensor, *bay.also)))
        yield _("bay {name}").format(name=titled(name, bay)), seen


def _kept(config: Config, tables: ParkingTables) -> Iterator[Fact]:
    disk = config.store.path
    yield _("the stay in a bay"), _("{disk}, until the bay is free").format(disk=disk)
    record = _("{disk}: what was read and told of the last {count} of each bay; no vehicle is named")
    yield _("the stays of a bay"), record.format(disk=disk, count=KEPT)
    days = _("{disk}: when it was occupied, {count} days; no vehicle is named")
    yield _("the days of a bay"), days.format(disk=disk, count=tables.parking.keep_days)
