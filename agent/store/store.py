"""The store as the rest of the agent sees it: every call leaves the event loop free."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self, TypeVar

from msgspec import MsgspecError, Raw, Struct, json

from agent.clock import Moment
from agent.events import Event, Priority
from agent.events.gaps import GapState
from agent.events.registry import event
from agent.store import access
from agent.store.disk_return import DiskReturn
from agent.store.errors import EventTooLarge, Replaced, StoreError
from agent.store.file_thread import FileThread
from agent.store.flush_timer import FlushTimer
from agent.store.keeper import FileKeeper
from agent.store.log.erasure import MOST_REWRITTEN_BYTES, Erased, Order, erase
from agent.store.log.eviction import Bounds
from agent.store.log.outbox import ALL, Whom
from agent.store.open_file import OpenFile, follow
from agent.store.overview import overview
from agent.store.position import Position, Wants
from agent.store.refusal_log import RefusalLog
from agent.store.rows import tables
from agent.store.rows.rows import Row, encode
from agent.store.rows.scope import TaleOf, What, no_tale
from agent.store.status import StoreStatus
from drivers.translation import _

log = logging.getLogger(__name__)

S = TypeVar("S", bound=Struct | Raw)

# Larger than any event of the vocabulary by far, and small enough for the default limits of brokers.
MAX_EVENT_BYTES = 128 * 1024

EVERYTHING: Mapping[str, Wants] = MappingProxyType({"": lambda type: True})
"""One uplink without a name, which gets whatever there is."""


class Store:
    """A log of events, and rule states, in one SQLite file.

    It is in WAL mode with synchronous FULL: a commit that returned survives a power cut.

    One thread owns the connection, so that a slow card never holds up the event loop. A damaged file is moved aside,
    told as a `store.gap` event, and replaced by what of it is still as it was committed.

    Args:
        path: of the file; its folder must exist.
        max_bytes: of the file; when it is full the lowest priority and the oldest go first, and one `store.gap`
            event counts them. The write-ahead log adds at most about 1 MiB.
        max_age_s: what happened longer ago goes as well, and is counted likewise.
        buffer_s: telemetry waits in memory so long for the broker to acknowledge it, or for a transaction that is
            needed anyway, before it is written by itself; less where there is much of it. A crash loses it.
        settle_s: what has arrived waits so long to be written together. A crash sends it again.
        boot: identity of this run of the kernel, as in `Moment.boot`.
        subject: of the `store.gap` events.
        positions: the uplinks by their names, each with the types of event that it gets.
        formerly: the names that uplinks had before they were renamed, by those that they have.
        keep_acknowledged_s: what every uplink has stays in the log for so long, to be sent again where it is asked for;
            where the store is full it goes first.
        memory_bytes: what is held in memory while the disk cannot be read, which is told, and tried again; None: then
            the store raises StoreError.
        tale_of: of what states tell that is erased as events are: an older copy that is put back brings none of it.
        now: dates what the store itself tells; None: by the wall clock, which is not trusted then.
        leaves_out: whether an uplink, by its name, does not get that telemetry at all: it has no number for it.
        on_committed: is told of the events of each commit, and never fails: they are written.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        max_bytes: int,
        boot: str,
        subject: str = "store",
        max_age_s: float = float("inf"),
        buffer_s: float = 30.0,
        settle_s: float = 0.5,
        positions: Mapping[str, Wants] = EVERYTHING,
        formerly: Mapping[str, str] = MappingProxyType({}),
        keep_acknowledged_s: float = 7 * 86_400.0,
        memory_bytes: int | None = None,
        tale_of: TaleOf = no_tale,
        now: Callable[[], Moment] | None = None,
        leaves_out: Callable[[str, Event], bool] = lambda name, event: False,
        on_committed: Callable[[Sequence[Event]], None] = lambda events: None,
    ) -> None:
        self.path = Path(path)
        self._subject, self._on_committed, self._leaves_out = subject, on_committed, leaves_out
        bounds = Bounds(max_bytes, max_age_s, keep_acknowledged_s)
        self._keeper = FileKeeper(
            self.path, bounds, boot, subject, dict(positions), memory_bytes=memory_bytes, tale_of=tale_of, now=now
        )
        self._keeper.ground.formerly = formerly
        self._timer = FlushTimer(self._keeper, buffer_s=buffer_s, settle_s=settle_s)
        self._thread = FileThread(self.path, self._keeper, self._timer)
        self._refusals = RefusalLog()
        self._positions = {name: self._position(name) for name in positions}
        self._return = DiskReturn(self.path, self._keeper, self._thread)

    def _position(self, name: str) -> Position:
        return Position(name, self._thread, self._keeper, self._timer)

    async def __aenter__(self) -> Self:
        """Raises StoreError: another owner; without `memory_bytes` a newer schema, and a disk that refuses."""
        self._return.start(self._tell_committed)
        await self._thread.open()
        for position in self._positions.values():
            position.epoch = self._keeper.epoch
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Writes what is buffered. Raises StoreError when the disk refuses it."""
        self._return.stop()
        await self._thread.close()

    async def commit(self, events: Sequence[Event], states: Mapping[str, Struct | Raw | None]) -> None:
        """Events and states in one transaction; a state of None is deleted. On return both survive a power cut.

        Telemetry that comes without a state is only buffered on return, and written within `buffer_s`, with the next
        transaction or when there is much of it, whichever comes first.

        Raises StoreError when the disk refuses: then nothing was written, and later commits may work again. The log has
        a line when that begins, and one when it is over.
        """
        try:
            whom = partial(_whom, self._positions, self._leaves_out)
            rows = [(event.priority, _bounded(self.path, event), whom(event)) for event in events]
            bodies = {key: None if state is None else json.encode(state) for key, state in states.items()}
            now = events[-1].at if events else self._keeper.now()
            can_wait = bool(rows) and not bodies and all(priority is Priority.TELEMETRY for priority, *_ in rows)

            def write() -> None:
                with access.opened(self._keeper, change=True) as file:
                    # Memory is no place for what the disk refuses: it is asked at once.
                    if can_wait and self._keeper.refuses is None:
                        file.outbox.buffer([(row, whom) for _, row, whom in rows], now)
                    else:
                        file.outbox.commit(rows, {**bodies, **file.write_volume.due(now)}, now)

            on_thread = partial(asyncio.get_running_loop().run_in_executor, self._thread.executor, write)
            try:
                await on_thread()
            except Replaced:
                await on_thread()
        except StoreError as error:
            self._refusals.refused(error)
            raise
        self._refusals.taken()
        if can_wait:
            self._timer.plan()
        if rows:
            self._tell_committed()
            self._on_committed(events)

    def _tell_committed(self) -> None:
        for position in self._positions.values():
            position.tell_committed()

    async def load(self, key: str, kind: type[S]) -> S | None:
        """The state of that key; undecoded, where `kind` is Raw.

        One that does not fit is dropped, told as a `store.gap` event, and None.
        """
        found = await self._thread.run(lambda file: tables.state(file.outbox.database, key))
        if found is None:
            return None
        body, sound = found
        try:
            if sound:
                return json.decode(body, type=kind)
            detail = _("the disk has changed it")
        except (MsgspecError, ValueError) as error:
            detail = str(error)
        told = event(GapState(key=key, detail=detail), self._subject, self._keeper.now())
        try:
            await self.commit([told], {key: None})
        except StoreError as error:
            # Told at the next start: a pole starts, and works, on a disk that takes nothing.
            log.error("the state %s cannot be read (%s) and begins anew; it stays in the store: %s", key, detail, error)
        return None

    async def keys(self, prefix: str) -> dict[str, int]:
        """Keys of states that begin so, in their order, and the bytes of each with its state."""
        return await self._thread.run(lambda file: tables.keys(file.outbox.database, prefix))

    def position(self, name: str = "") -> Position:
        """The place of that uplink in the log. Raises KeyError: there is no such uplink."""
        return self._positions[name]

    async def follow(self, positions: Mapping[str, Wants], formerly: Mapping[str, str] = MappingProxyType({})) -> None:
        """Another configuration has other uplinks, or they get other events: of what is committed from now on.

        One that was renamed goes on where it was under its name of before (`formerly`, by the new one).
        What waits for an uplink that there is no more is kept for `keep_acknowledged_s`, in which it may come back,
        and is then dropped and counted in a `store.gap` of the others. Raises StoreError.
        """
        wants = dict(positions)
        keeper = self._keeper

        def on_thread(file: OpenFile) -> None:
            ground, before = keeper.ground, (keeper.ground.wants, keeper.ground.formerly)
            ground.wants, ground.formerly = wants, formerly
            try:
                follow(ground, file, keeper.now())
            except StoreError:
                ground.wants, ground.formerly = before
                raise

        await self._thread.run(on_thread)
        self._positions = {name: self._positions.get(name) or self._position(name) for name in wants}

    async def erase(
        self,
        what: What | Sequence[What],
        tell: Callable[[int], Event],
        states: Collection[str] = (),
        *,
        most_rewritten_bytes: int = MOST_REWRITTEN_BYTES,
    ) -> Erased:
        """Removes events that may be kept and sent no longer, in one transaction with the event that tells how many.

        What of it had not arrived is no loss: no `store.gap` counts it. What is on its way at that moment may still
        arrive. The mark beside the file notes it: what an older copy has of it does not come back. Raises StoreError,
        also while the file cannot be read.

        Args:
            states: keys of states that go with them.
            most_rewritten_bytes: a larger file is not written anew, and keeps bytes of rows that had gone before.
        """
        whats, told = (what,) if isinstance(what, What) else tuple(what), list[Event]()

        def noted(events: int) -> Event:
            told[:] = [tell(events)]
            return told[0]

        order = Order(whats, noted, tuple(states), self._subject, most_rewritten_bytes)
        keeper, now = self._keeper, self._keeper.now()

        def on_thread(file: OpenFile) -> Erased:
            if keeper.absence is not None:
                raise StoreError(self.path, _("is in memory"), keeper.absence.because)
            return erase(file.outbox, order, now)

        erased = await self._thread.run(on_thread, change=True)
        self._tell_committed()
        self._on_committed(told)
        return erased

    async def has_untrusted_of(self, boot: str) -> bool:
        """Whether the log has an event whose time was not trusted when it was written, in that boot."""
        return await self._thread.run(lambda file: tables.has_boot(file.outbox.database, boot))

    async def set_aside(self, target: Path) -> None:
        """Move the file with all that it holds, and go on with an empty one. Raises StoreError."""
        await self._thread.set_aside(target)

    def depth(self) -> int:
        """Events that have not arrived, of the uplink for which most wait."""
        return max(self._keeper.depths.values(), default=0)

    async def status(self) -> StoreStatus:
        return await self._thread.run(partial(overview, self._keeper))


def _whom(names: Iterable[str], leaves_out: Callable[[str, Event], bool], event: Event) -> Whom:
    if event.priority is not Priority.TELEMETRY:
        return ALL if event.uplink is None else Whom(event.uplink)
    without = frozenset(name for name in names if leaves_out(name, event))
    return Whom(event.uplink, without) if without or event.uplink is not None else ALL


def _bounded(path: Path, event: Event) -> Row:
    row = encode(event)
    if len(row[-1]) > MAX_EVENT_BYTES:
        what = _("{type} of {subject} has {count} bytes; {most} at most")
        what = what.format(type=event.type, subject=event.subject, count=len(row[-1]), most=MAX_EVENT_BYTES)
        raise EventTooLarge(path, what, _("this is a defect of lamppost: report it"))
    return row
