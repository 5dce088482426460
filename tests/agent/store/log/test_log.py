"""Whatever happens to a log with two uplinks, in any order: an id is an identity, a number is one event's, and nothing
is lost that nobody tells of."""

import asyncio
import itertools
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from stored import event_of, said

from agent.clock import Moment
from agent.events import STORE_GAP, STORE_SKIPPED, Event, Priority
from agent.store import NeverSent, Store, Stored, What
from agent.uplink.dialects.cloudevents import CloudEvents
from agent.uplink.dialects.topics import TopicOptions, Topics

UPLINKS: dict[str, Callable[[str], bool]] = {"": lambda type: True, "second": lambda type: not type.startswith("t.")}
BOUND = 60_000
_DIALECT = CloudEvents(Topics(TopicOptions(), "town", "p1"))

uplinks = st.sampled_from(sorted(UPLINKS))
few = st.integers(1, 12)


class Heard:
    """What the platform of one uplink has heard."""

    def __init__(self) -> None:
        self.by_id: dict[str, tuple[Any, ...]] = {}
        self.by_number: dict[int, str] = {}
        self.arrived: set[str] = set()
        self.skipped: set[int] = set()
        self.gaps: dict[str, int] = {}
        self.last: dict[Priority, int] = {}
        self.in_flight: list[Stored] = []

    def take(self, row: Stored) -> None:
        """A message has gone out; whether it arrives nobody knows yet."""
        told = msgspec.json.decode(_DIALECT.event(row).payload, type=dict[str, Any])
        data = bytes(row.data)
        what = (told["sequence"], told["time"], told["timetrusted"], told.get("boot"), told.get("bootseconds"), data)
        assert self.by_id.setdefault(row.id, what) == what, "the same id, other bytes"
        assert self.by_number.setdefault(row.sequence, row.id) == row.id, "the same number, another id"
        assert row.sequence not in self.skipped, "it was said that nothing comes"
        if not row.resent:
            assert self.last.get(row.priority, 0) < row.seq, "the order within a priority"
            self.last[row.priority] = row.seq
            self.in_flight.append(row)

    def arrive(self, row: Stored) -> None:
        self.arrived.add(row.id)
        data = event_of(row).data
        if row.type == STORE_SKIPPED:
            for first, last in data["sequences"]:
                self.skipped.update(range(first, last + 1))
        if row.type == STORE_GAP:
            self.gaps[row.id] = data["dropped"]

    def interrupt(self) -> None:
        self.in_flight.clear()
        self.last.clear()

    def holes(self, newest: int) -> int:
        """Numbers of which nothing was heard for certain."""
        heard = {number for number, id in self.by_number.items() if id in self.arrived}
        return len(set(range(1, newest + 1)) - self.skipped - heard)


class Log(RuleBasedStateMachine):
    """A store on a disk, its two uplinks, and what the platforms of both have heard."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.loop = asyncio.new_event_loop()
        self.heard = {name: Heard() for name in UPLINKS}
        self.count, self.mono_s, self.set = itertools.count(), itertools.count(100.0), False
        self.committed: dict[str, Event] = {}
        self.erased: set[str] = set()
        self.store = self._open()

    def _open(self) -> Store:
        path = Path(self.folder.name) / "s.db"
        store = Store(path, max_bytes=BOUND, boot="boot", positions=UPLINKS, buffer_s=1e6, settle_s=1e6)
        self.run(store.__aenter__())
        return store

    def run(self, work: Awaitable[Any]) -> Any:
        async def main() -> Any:
            return await work

        return self.loop.run_until_complete(main())

    def _event(self, priority: Priority, bytes: int = 10) -> Event:
        mono_s = next(self.mono_s)
        at = Moment((1.77e9 if self.set else 1000.0) + mono_s, mono_s, "boot", self.set)
        kind = "t.reading" if priority is Priority.TELEMETRY else "bay.occupied"
        n = next(self.count)
        return Event(type=kind, subject=f"s{n % 3}", at=at, data=said(n=n, pad="x" * bytes), priority=priority)

    @rule(priorities=st.lists(st.sampled_from([Priority.EVENT, Priority.ALARM, Priority.TELEMETRY]), max_size=4))
    def commit(self, priorities: list[Priority]) -> None:
        events = [self._event(priority) for priority in priorities]
        self.run(self.store.commit(events, {"k": said()}))
        self.committed |= {each.id: each for each in events}

    @rule(count=few)
    def buffer(self, count: int) -> None:
        self.run(self.store.commit([self._event(Priority.TELEMETRY) for _ in range(count)], {}))

    @rule(priority=st.sampled_from(list(Priority)), count=few)
    def fill(self, priority: Priority, count: int) -> None:
        """The disk becomes full, and something must go."""
        self.run(self.store.commit([self._event(priority, 900) for _ in range(count)], {"k": said()}))

    @rule(name=uplinks, limit=few)
    def send(self, name: str, limit: int) -> None:
        for row in self.run(self.store.position(name).lease(limit)):
            self.heard[name].take(row)

    @rule(name=uplinks, most=few, skip=st.integers(0, 2))
    def arrive(self, name: str, most: int, skip: int) -> None:
        """Acknowledgements come, some out of order."""
        heard = self.heard[name]
        rows = heard.in_flight[skip : skip + most]
        del heard.in_flight[skip : skip + most]
        for row in rows:
            heard.arrive(row)
        self.run(self.store.position(name).acknowledge(rows))

    @rule(name=uplinks, most=few)
    def broker_has(self, name: str, most: int) -> None:
        """The broker has them, the platform has yet to confirm."""
        heard = self.heard[name]
        for row in heard.in_flight[:most]:
            heard.arrive(row)
        self.run(self.store.position(name).sent(heard.in_flight[:most]))
        del heard.in_flight[:most]

    @rule(name=uplinks)
    def release(self, name: str) -> None:
        self.run(self.store.position(name).release(self.heard[name].in_flight))

    @rule(name=uplinks)
    def lose_connection(self, name: str) -> None:
        """What was on its way may have arrived; nobody knows."""
        self.heard[name].interrupt()
        self.run(self.store.position(name).reset_cursor())

    @rule(name=uplinks)
    def confirm(self, name: str) -> None:
        heard = self.heard[name]
        numbers = {number for number, id in heard.by_number.items() if id in heard.arrived} | heard.skipped
        newest = self.run(self.store.position(name).status()).newest
        highest = next((n - 1 for n in itertools.count(1) if n not in numbers), 0)
        above = [(n, n) for n in sorted(numbers) if highest < n <= newest]
        self.run(self.store.position(name).confirm(min(highest, newest), above))

    @rule(name=uplinks, beyond=st.integers(1, 5000))
    def confirm_what_never_was(self, name: str, beyond: int) -> None:
        position = self.store.position(name)
        before = position.depth()
        with suppress(NeverSent):
            self.run(position.confirm(self.run(position.status()).newest + beyond))
            raise AssertionError("it was taken")
        assert position.depth() == before

    @rule(name=uplinks, part=st.floats(0, 1), limit=few)
    def ask_again(self, name: str, part: float, limit: int) -> None:
        position, heard = self.store.position(name), self.heard[name]
        if newest := self.run(position.status()).newest:
            resend = self.run(position.resend(from_sequence=max(1, int(part * newest)), limit=limit))
            for first, last in resend.missing:
                heard.skipped.update(n for n in range(first, last + 1) if n not in heard.by_number)

    @rule()
    def set_clock(self) -> None:
        self.set = True

    @rule()
    def restart(self) -> None:
        self.run(self.store.__aexit__(None, None, None))
        self._again()

    @rule()
    def kill(self) -> None:
        """The process is killed: it writes nothing more."""
        keeper = self.store._keeper
        self.run(self.store._thread._call(keeper.close))
        self.store._timer.stop()
        self._again()

    def _again(self) -> None:
        for heard in self.heard.values():
            heard.interrupt()
        self.store = self._open()

    @precondition(lambda self: len(self.committed) > 3)
    @rule(subject=st.sampled_from([None, "s0", "s1"]))
    def erase(self, subject: str | None) -> None:
        what = What(frozenset({"bay.occupied"}), subject)
        ids = {id for id, each in self.committed.items() if each.type in what.types and subject in {None, each.subject}}
        self.run(self.store.erase(what, lambda count: self._event(Priority.EVENT)))
        self.erased |= ids
        for heard in self.heard.values():
            heard.in_flight = [row for row in heard.in_flight if row.id not in ids]

    @rule()
    def remove_and_bring_back(self) -> None:
        self.run(self.store.follow({"": UPLINKS[""]}))
        self.run(self.store.follow(UPLINKS))

    def teardown(self) -> None:
        if not hasattr(self, "store"):
            return
        try:
            for name, heard in self.heard.items():
                self._drain(name, heard)
            self.run(self.store.__aexit__(None, None, None))
        finally:
            self.loop.close()
            self.folder.cleanup()

    def _drain(self, name: str, heard: Heard) -> None:
        """Everything has arrived in the end, or it was told that it does not."""
        position = self.store.position(name)
        heard.interrupt()
        self.run(position.reset_cursor())
        while rows := self.run(position.lease(50)):
            for row in rows:
                heard.take(row)
            for row in heard.in_flight:
                heard.arrive(row)
            heard.in_flight.clear()
            self.run(position.acknowledge(rows))
        assert position.depth() == 0
        assert heard.holes(self.run(position.status()).newest) <= sum(heard.gaps.values())
        lost = {id for id, each in self.committed.items() if UPLINKS[name](each.type)} - heard.arrived
        assert len(lost - self.erased) <= sum(heard.gaps.values())


Log.TestCase.settings = settings(
    max_examples=20, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
test_log = Log.TestCase
