"""Documents of the kind "closure": bays in which nobody is to stand for a while, and nobody is accused."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from agent.config.problems import nearest, one_of
from agent.config.schema import Config
from agent.regulation import Words
from agent.trades.build import Components
from agent.trades.documents import Complain, DocumentKind, InForce
from agent.trades.parking.part import ParkingPart
from agent.trades.parking.tables import ParkingTables
from drivers.options import Id, Options
from drivers.translation import _


class Closure(Options, frozen=True):
    """Closed bays: no overstay is told of a vehicle in them, and their figures count nothing.

    Args:
        bays: names.
        reason: why, for whoever reads it.
    """

    bays: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=64)]
    reason: Words | None = None


def check(content: Closure, config: Config, complain: Complain) -> None:
    known = config.of(ParkingTables).bay
    for at, name in enumerate(content.bays):
        if name not in known:
            there = one_of(known) if known else _("the pole has none")
            complain(("bays", at), _("there is no [bay.{name}]").format(name=name), there, nearest(name, known))


async def apply(built: Components, documents: Sequence[InForce[Closure]]) -> None:
    await built.part(ParkingPart).close({bay for each in documents for bay in each.content.bays})


KIND = DocumentKind("closure", Closure, check, apply)
