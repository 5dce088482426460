"""An accepted command -> expiry, repetition, whoever takes it -> its outcome, once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import MappingProxyType
from weakref import WeakValueDictionary

from agent.clock import Clock
from agent.commands.gate import Gate
from agent.commands.outcomes import after_defect, bounded, told, too_late
from agent.commands.recipients import Recipients
from agent.commands.records import Changes, Record, Records, key_of
from agent.events import Event
from agent.events.security import CommandRefused, SecurityData, UnlockingFailed
from agent.isolation import Isolation
from agent.rule import Commit
from agent.store import StoreError
from agent.uplink.commands import BadCommand, Heard, PoleCommand, Reply
from agent.uplink.inbox import Arrival
from drivers.base import Command, Outcome
from drivers.translation import _

log = logging.getLogger(__name__)

RETRY_S = 5.0
"""The pause after the disk refused the outcome of a command."""

_NOTHING = Gate(allows="none")

Order = Command | PoleCommand


class Commands:
    """Accepts each command, carries it out once, and tells its outcome once; the same id again is answered with it.

    Args:
        pole: subject of outcomes of commands that name no device.
        records: as loaded from the store.
        gates: of each uplink by its name; one that has none orders nothing.
        isolation: keeps a defect in one command from the others.
        sleep: pauses between two attempts to write an outcome.
        note: is told of whatever is refused for who sent it or how.
    """

    def __init__(
        self,
        pole: str,
        recipients: Recipients,
        *,
        commit: Commit,
        clock: Clock,
        records: Records | None = None,
        gates: Mapping[str, Gate] = MappingProxyType({"": Gate()}),
        isolation: Isolation | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        note: Callable[[SecurityData], None] = lambda _data: None,
    ) -> None:
        self._pole, self._recipients, self.gates = pole, recipients, gates
        self._commit, self._clock, self._sleep, self._note = commit, clock, sleep, note
        self.records, self._isolation = records or Records(), isolation or Isolation()
        self._from_before = set(self.records.waiting())
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._writing = asyncio.Lock()
        self._of_devices, self._of_pole = asyncio.Queue[str](), asyncio.Queue[str]()

    async def take(self, arrival: Arrival) -> Event | None:
        """Accept it. Returns its outcome where nothing could be written, for who can tell it otherwise."""
        work = partial(self.accept, arrival.heard, arrival.reply, again=arrival.again)
        try:
            taken = await self._isolation.part("inbox", each_alone=True).attempt(work)
            reason = _("a defect of lamppost keeps it from accepting this")
        except StoreError as error:
            log.error("a command could not be written, and is answered so: %s", error)
            reason = _("the disk of the pole refuses it, send it again later: {reason}").format(reason=error)
            taken = None
        if taken is None:
            return self._told(Outcome(arrival.heard.id or "", "failed", reason), arrival.reply)
        if not taken:
            arrival.count_dropped()
        return None

    async def accept(self, heard: Heard, reply: Reply = Reply(), *, again: bool = False) -> bool:  # noqa: B008 - frozen
        """Write it, for `run` to carry out, or answer it at once. False: too many wait, and it was told so.

        Args:
            again: the broker, not the sender, says it again: it is not answered twice.

        Raises StoreError: nothing was written. It may be said again.
        """
        if isinstance(heard, BadCommand):
            await self._refuse(heard, reply)
            return True
        if (refused := self.gates.get(reply.uplink or "", _NOTHING).refusal(heard)) is not None:
            await self._refuse(refused, reply)
            return True
        known = self.records.get(key := key_of(heard.id, reply))
        if known is not None:
            if known.outcome is not None and not again:
                await self._settle(heard, known.outcome, reply)
            return True
        if not self.records.takes(heard):
            what = _("too many commands wait on this pole; send it again later")
            await self._refuse(BadCommand(heard.id, what, "too_many"), reply)
            return False
        await self._write((), key, lambda: self.records.accepted(heard, reply))
        self._lane(heard).put_nowait(key)
        return True

    async def run(self) -> None:
        """Carry out what was accepted, until cancelled: first what waits since before."""
        self._of_devices, self._of_pole = asyncio.Queue(), asyncio.Queue()
        for key, record in self.records.waiting().items():
            if record.order is not None:
                self._lane(record.order).put_nowait(key)
        async with asyncio.TaskGroup() as tasks:
            # Apart: a lamp does not wait for what the pole has to find out about itself.
            tasks.create_task(self._work(self._of_devices), name="commands-devices")
            tasks.create_task(self._work(self._of_pole), name="commands-pole")

    async def handle(self, heard: Heard) -> Outcome:
        """Carry it out and tell the outcome, for who waits for it here. Raises what `commit` raises."""
        if isinstance(heard, BadCommand):
            return await self._refuse(heard, Reply())
        turn = self._turns.setdefault(heard.id, asyncio.Lock())
        async with turn:
            known = self.records.get(heard.id)
            outcome = known.outcome if known is not None else None
            outcome = outcome or await self._carry_out(heard)
            await self._settle(heard, outcome, known.reply if known is not None else Reply())
            return outcome

    async def give_up(self, reason: str) -> None:
        """Answer everything that waits with `failed`. Raises what `commit` raises."""
        for record in self.records.waiting().values():
            if record.order is not None:
                await self._settle(record.order, Outcome(record.order.id, "failed", reason), record.reply)

    def _lane(self, order: Order) -> asyncio.Queue[str]:
        return self._of_pole if isinstance(order, PoleCommand) else self._of_devices

    async def _work(self, lane: asyncio.Queue[str]) -> None:
        while True:
            await self._finish(await lane.get())

    async def _finish(self, key: str) -> None:
        """Carry one out and write its outcome, however long the disk refuses it."""
        outcome: Outcome | None = None
        while (record := self.records.get(key)) is not None and (order := record.order) is not None:
            try:
                from_before, uplink = key in self._from_before, record.reply.uplink
                outcome = outcome or await self._carry_out(order, uplink, from_before=from_before)
                await self._settle(order, outcome, record.reply)
            except StoreError:
                await self._sleep(RETRY_S)
        self._from_before.discard(key)

    async def _carry_out(self, order: Order, uplink: str | None = None, *, from_before: bool = False) -> Outcome:
        ended = self._recipients.ended(order) if from_before else None
        return bounded(ended or too_late(order, self._clock.now()) or await self._hand_over(order, uplink))

    async def _hand_over(self, order: Order, uplink: str | None) -> Outcome:
        """Raises StoreError: it is not known whether it was carried out, and may be tried again."""
        async with self._recipients.passage(order):
            found = self._recipients.find(order, uplink)
            if isinstance(found, Outcome):
                return found
            part = self._isolation.part(f"command/{found.name}", each_alone=True)
            outcome = await part.attempt(found.carry_out)
        return outcome or after_defect(order, part.failure)

    async def _settle(self, order: Order, outcome: Outcome, reply: Reply) -> None:
        told, key = self._told(outcome, reply, order), key_of(order.id, reply)
        await self._write((told,), key, lambda: self.records.answered(outcome, reply))

    async def _refuse(self, refused: BadCommand, reply: Reply) -> Outcome:
        """Tell it, and remember nothing: the same id may be sent again, as it should have been."""
        self._note(_noted(refused))
        outcome = Outcome(refused.id or "", "refused", refused.reason)
        await self._commit((self._told(outcome, reply),), {})
        return outcome

    async def _write(self, events: tuple[Event, ...], key: str, record: Callable[[], Record]) -> None:
        async with self._writing:
            changes: Changes = self.records.changes(key, record())
            await self._commit(events, changes)
            self.records.apply(changes)

    def _told(self, outcome: Outcome, reply: Reply, order: Order | None = None) -> Event:
        subject = None if order is None else self._recipients.subject(order)
        return told(outcome, subject or self._pole, self._clock.now(), reply.uplink)


def _noted(refused: BadCommand) -> SecurityData:
    """What the log of security is told: a wrong signature is a wrong key, anything else merely not let in."""
    if refused.because == "bad_signature":
        return UnlockingFailed(lock="command_key", command_id=refused.id)
    return CommandRefused(reason=refused.because, command_id=refused.id)
