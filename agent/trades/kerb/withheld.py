"""What was written in alert mode and may be sent no longer is purged, and counted."""

import logging
from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from agent.events import Event
from agent.store import What
from agent.store.log.erasure import MOST_REWRITTEN_BYTES
from agent.trades.build import BuildContext, Derived
from agent.trades.kerb.event_types import KERB_SUSPECTED, KerbMode

log = logging.getLogger(__name__)


def derived() -> tuple[Derived, ...]:
    """What zones tell of single vehicles."""
    return (Derived(What(frozenset({KERB_SUSPECTED})), always=True),)


async def commit_purged(
    context: BuildContext, whats: Sequence[What], events: Sequence[Event], states: Mapping[str, Struct | None]
) -> None:
    """Commits that alert mode is over, once what was lawful in it alone is out of the store.

    Raises StoreError: the mode is not told then, and asked again; meanwhile nothing of it is sent either.
    """
    await context.commit([told for each in events if (told := await purged(context, whats, each))], states)


async def purged(
    context: BuildContext, whats: Sequence[What], told: Event, most_bytes: int = MOST_REWRITTEN_BYTES
) -> Event | None:
    """Purges and tells how many went, in one transaction; what is still to be told where none did.

    Args:
        most_bytes: a larger file is not written anew.
    """
    records = await context.derived_records()

    def tell(events: int) -> Event:
        return _counted(told, events + len(records))

    erased = await context.store.erase(whats, tell, records, most_rewritten_bytes=most_bytes)
    if not (erased.events or records):
        return _counted(told, 0)
    log.info(
        "%d events and %d records of stays that were lawful in alert mode alone are purged", erased.events, len(records)
    )
    return None


def _counted(told: Event, count: int) -> Event:
    assert isinstance(told.data, KerbMode)
    return structs.replace(told, data=structs.replace(told.data, purged=count))
