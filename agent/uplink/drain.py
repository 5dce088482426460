"""Empties the outbox into one connection: many publishes on their way, a row deleted only when it was acknowledged."""

import asyncio

from agent.store import Store, Stored
from agent.uplink.cloudevents import CloudEvents
from agent.uplink.link import Link, Turned

# More refused events than that are not a matter of single events: the session ends and is begun anew.
_MOST_REFUSED = 1000


class Drain:
    """One session's worth of sending. Publishes leave in the order of `Store.next`, so order per subject is kept.

    Args:
        in_flight: events on their way at one time.
        settle_s: acknowledged rows are gathered that long and deleted together (SD cards wear); a crash within it sends
            them again under the same ids.
        again_s: an event that the broker refused is tried again after that time; the others pass it meanwhile.
    """

    def __init__(
        self, store: Store, dialect: CloudEvents, link: Link, *, in_flight: int, settle_s: float, again_s: float
    ) -> None:
        self._store, self._dialect, self._link = store, dialect, link
        self._in_flight, self._settle_s, self._again_s = in_flight, settle_s, again_s
        self._ready: asyncio.Queue[Stored] = asyncio.Queue(in_flight)
        self._acknowledged: list[Stored] = []
        self._some_acknowledged = asyncio.Event()
        self._refused: list[Stored] = []
        self.sent = 0
        self.refusal: str | None = None

    async def run(self) -> None:
        """Until cancelled. Raises, in an ExceptionGroup, what ends the session: MqttError, StoreError."""
        await self._store.rewind()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._feed(), name="uplink-feed")
                tasks.create_task(self._forget(), name="uplink-forget")
                tasks.create_task(self._ask_again(), name="uplink-ask-again")
                for n in range(self._in_flight):
                    tasks.create_task(self._deliver(), name=f"uplink-deliver[{n}]")
        finally:
            await self._delete_acknowledged()
            await self._store.rewind()

    async def _feed(self) -> None:
        while True:
            rows = await self._store.next(self._in_flight)
            if not rows:
                await self._store.committed()
            for row in rows:
                await self._ready.put(row)

    async def _deliver(self) -> None:
        while True:
            row = await self._ready.get()
            try:
                await self._link.deliver(self._dialect.event(row.event))
            except Turned as refusal:
                self._keep(row, refusal)
            else:
                self.sent += 1
                self._acknowledged.append(row)
                self._some_acknowledged.set()

    def _keep(self, row: Stored, refusal: Turned) -> None:
        self.refusal = str(refusal)
        self._refused.append(row)
        if len(self._refused) > _MOST_REFUSED:
            raise refusal

    async def _forget(self) -> None:
        while True:
            await self._some_acknowledged.wait()
            await asyncio.sleep(self._settle_s)
            await self._delete_acknowledged()

    async def _delete_acknowledged(self) -> None:
        self._some_acknowledged.clear()
        rows, self._acknowledged = self._acknowledged, []
        if rows:
            await self._store.delete(rows)

    async def _ask_again(self) -> None:
        while True:
            await asyncio.sleep(self._again_s)
            rows, self._refused, self.refusal = self._refused, [], None
            for row in rows:
                await self._ready.put(row)
