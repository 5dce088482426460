"""Tells of stays in bays that the configuration has no more: nobody will see them end."""

import logging

from agent.store import StoreError
from agent.trades.build import BuildContext
from agent.trades.parking.stays import events
from agent.trades.parking.stays.state import BayState, taken_out
from agent.trades.parking.tables import ParkingTables
from agent.trades.units import Share
from drivers.translation import _

log = logging.getLogger(__name__)

PREFIX = "bay/"
"""The keys in the store begin with it; the name of the bay follows."""


async def tell_removed(context: BuildContext, _share: Share) -> None:
    """Each is told once; what the disk refuses is told after the next start or reload."""
    present = context.config.of(ParkingTables).bay
    gone = [key for key in await context.store.keys(PREFIX) if key.removeprefix(PREFIX) not in present]
    try:
        for key in gone:
            await _tell(context, key)
    except StoreError as error:
        log.error("stays in bays that are gone are not told yet: %s", error)


async def _tell(context: BuildContext, key: str) -> None:
    state, now, name = await context.state(key, BayState), context.clock.now(), key.removeprefix(PREFIX)
    if (stay := state.stay) is None or state.removed:
        return
    await context.commit((events.removed(name, stay, now),), {key: taken_out(state, stay, now)})
    words = _("[bay.{name}]: nobody watches the stay {stay} any more").format(name=name, stay=stay.key)
    log.warning("%s", words)
    context.lost.append(words)
