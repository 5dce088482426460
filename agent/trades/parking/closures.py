"""Documents of the kind "closure": bays in which nobody is to stand for a while, and nobody is accused."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from agent.config.schema import Config
from agent.regulation import Words
from agent.trades.build import Components
from agent.trades.documents import DocumentKind, InForce, members, nothing
from agent.trades.parking.part import ParkingPart
from drivers.options import Id, Options


class Closure(Options, frozen=True):
    """Closed bays: no overstay is told of a vehicle in them, and their figures count nothing.

    Args:
        bays: names of bays and of groups of these.
        reason: why, for whoever reads it.
    """

    bays: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=64)]
    reason: Words | None = None


async def apply(built: Components, config: Config, documents: Sequence[InForce[Closure]]) -> None:
    named = [bay for each in documents for bay in each.content.bays]
    await built.part(ParkingPart).close(members("bay", named, config))


KIND = DocumentKind("closure", Closure, nothing, apply, {"bays": "bay"})
