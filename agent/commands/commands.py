"""An accepted command -> expiry, repetition, whoever takes it -> its outcome, once."""

import asyncio
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

from msgspec import UNSET, json, structs

from agent.clock import Clock, Moment
from agent.commands.dispatch import Dispatch
from agent.commands.gate import Gate
from agent.commands.records import Changes, Record, Records
from agent.events import Event
from agent.events.devices import CommandOutcome
from agent.events.registry import event
from agent.rule import Commit
from agent.store import StoreError
from agent.uplink.commands import BadCommand, Heard, PoleCommand, Reply
from drivers.base import Command, Outcome
from drivers.translation import _

RETRY_S = 5.0
"""The pause after the disk refused the outcome of a command."""

MAX_DATA_BYTES = 64 * 1024
"""The most that an action of the pole answers."""

Order = Command | PoleCommand


class Commands:
    """Accepts each command, carries it out once, and tells its outcome once; the same id again is answered with it.

    Args:
        pole: subject of outcomes of commands that name no device.
        records: as loaded from the store.
        sleep: pauses between two attempts to write an outcome.
    """

    def __init__(
        self,
        pole: str,
        dispatch: Dispatch,
        *,
        commit: Commit,
        clock: Clock,
        records: Records | None = None,
        gate: Gate = Gate(),  # noqa: B008 - frozen
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._pole, self._dispatch, self._gate = pole, dispatch, gate
        self._commit, self._clock, self._sleep = commit, clock, sleep
        self.records = records or Records()
        self._from_before = set(self.records.waiting())
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._writing = asyncio.Lock()
        self._of_devices, self._of_pole = asyncio.Queue[str](), asyncio.Queue[str]()

    async def accept(self, heard: Heard, reply: Reply = Reply(), *, again: bool = False) -> bool:  # noqa: B008 - frozen
        """Write it, for `run` to carry out, or answer it at once. False: too many wait, and it was told so.

        Args:
            again: the broker, not the sender, says it again: it is not answered twice.

        Raises StoreError: nothing was written. It may be said again.
        """
        if isinstance(heard, BadCommand) or (reason := self._gate.refusal(heard)) is not None:
            await self._refuse(heard.id or "", heard.reason if isinstance(heard, BadCommand) else str(reason))
            return True
        known = self.records.get(heard.id)
        if known is not None:
            if known.outcome is not None and not again:
                await self._settle(heard, known.outcome, reply)
            return True
        if not self.records.takes(heard):
            await self._refuse(heard.id, _("too many commands wait on this pole; send it again later"))
            return False
        await self._write((), heard.id, lambda: self.records.accepted(heard, reply))
        self._lane(heard).put_nowait(heard.id)
        return True

    async def run(self) -> None:
        """Carry out what was accepted, until cancelled: first what waits since before."""
        self._of_devices, self._of_pole = asyncio.Queue(), asyncio.Queue()
        for id, record in self.records.waiting().items():
            if record.order is not None:
                self._lane(record.order).put_nowait(id)
        async with asyncio.TaskGroup() as tasks:
            # Apart: a lamp does not wait for what the pole has to find out about itself.
            tasks.create_task(self._work(self._of_devices), name="commands-devices")
            tasks.create_task(self._work(self._of_pole), name="commands-pole")

    async def handle(self, heard: Heard) -> Outcome:
        """Carry it out and tell the outcome, for who waits for it here. Raises what `commit` raises."""
        if isinstance(heard, BadCommand):
            return await self._refuse(heard.id or "", heard.reason)
        turn = self._turns.setdefault(heard.id, asyncio.Lock())
        async with turn:
            known = self.records.get(heard.id)
            outcome = known.outcome if known is not None else None
            outcome = outcome or await self._carry_out(heard)
            await self._settle(heard, outcome, known.reply if known is not None else Reply())
            return outcome

    async def give_up(self, reason: str) -> None:
        """Answer everything that waits with `failed`. Raises what `commit` raises."""
        for id, record in self.records.waiting().items():
            if record.order is not None:
                await self._settle(record.order, Outcome(id, "failed", reason), record.reply)

    def unwritten(self, heard: Heard, reason: str) -> Event:
        """The outcome of a command that could not be written, for who can tell it otherwise."""
        return self._event(self._pole, Outcome(heard.id or "", "failed", reason))

    def _lane(self, order: Order) -> asyncio.Queue[str]:
        return self._of_pole if isinstance(order, PoleCommand) else self._of_devices

    async def _work(self, lane: asyncio.Queue[str]) -> None:
        while True:
            await self._finish(await lane.get())

    async def _finish(self, id: str) -> None:
        """Carry one out and write its outcome, however long the disk refuses it."""
        outcome: Outcome | None = None
        while (record := self.records.get(id)) is not None and (order := record.order) is not None:
            try:
                outcome = outcome or await self._carry_out(order, from_before=id in self._from_before)
                await self._settle(order, outcome, record.reply)
            except StoreError:
                await self._sleep(RETRY_S)
        self._from_before.discard(id)

    async def _carry_out(self, order: Order, *, from_before: bool = False) -> Outcome:
        ended = self._dispatch.ended(order) if from_before else None
        outcome = ended or _too_late(order, self._clock.now()) or await self._dispatch.carry_out(order)
        size = 0 if outcome.data is None else len(json.encode(outcome.data))
        if size <= MAX_DATA_BYTES:
            return outcome
        reason = _("the answer has {size} bytes, {most} at most can be told").format(size=size, most=MAX_DATA_BYTES)
        return structs.replace(outcome, status="failed", reason=reason, data=None)

    async def _settle(self, order: Order, outcome: Outcome, reply: Reply) -> None:
        event = self._event(self._dispatch.subject(order) or self._pole, outcome)
        await self._write((event,), order.id, lambda: self.records.answered(outcome, reply))

    async def _refuse(self, id: str, reason: str) -> Outcome:
        """Tell it, and remember nothing: the same id may be sent again, as it should have been."""
        outcome = Outcome(id, "refused", reason)
        await self._commit((self._event(self._pole, outcome),), {})
        return outcome

    async def _write(self, events: tuple[Event, ...], id: str, record: Callable[[], Record]) -> None:
        async with self._writing:
            changes: Changes = self.records.changes(id, record())
            await self._commit(events, changes)
            self.records.apply(changes)

    def _event(self, subject: str, outcome: Outcome) -> Event:
        told = CommandOutcome(
            command_id=outcome.command_id or None,
            status=outcome.status,
            reason=outcome.reason,
            observed=outcome.observed,
            data=UNSET if outcome.data is None else dict(outcome.data),
        )
        return event(told, subject, self._clock.now())


def _too_late(order: Order, now: Moment) -> Outcome | None:
    """An outcome when it is too late, or when nobody knows whether it is."""
    if order.expires is None:
        return None
    if not now.trusted:
        reason = _("the clock of the pole is not set, so it cannot tell whether this has expired")
        return Outcome(order.id, "refused", reason)
    if now.utc >= order.expires:
        late_s = (now.utc - order.expires).total_seconds()
        return Outcome(order.id, "expired", _("expired {late_s:.0f} s ago").format(late_s=late_s))
    return None
