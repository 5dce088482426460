"""The log of security events: noted from anywhere, told to the city at a bounded rate, counted in the store."""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field, json, structs

from agent.clock import Clock, Moment
from agent.events import Event
from agent.events.registry import event
from agent.events.security import SecurityData
from agent.rule import Commit
from agent.store import Store, StoreError
from agent.uplink.rate_limit import TokenBucket

log = logging.getLogger(__name__)

PREFIX = "security/"
"""What the keys of the states of this room begin with."""

KEY = PREFIX + "log"
"""The key of what is counted."""

AT_ONCE = 10
PER_HOUR = 12.0
"""The rate of each kind: who sends refused commands without end does not hide what he does beside that."""


MOST_UNTOLD = 64
"""Events that wait for a disk that refuses; beyond that the oldest go, and are counted all the same."""


class Tally(Struct, frozen=True):
    """Counts of one kind since the store was begun.

    Args:
        count: how often it happened.
        last: when it happened last, unix seconds.
        trusted: whether that is by a clock that was set.
        what: what was told of it last, JSON-able.
    """

    count: int = 0
    last: float = 0.0
    trusted: bool = False
    what: dict[str, Any] = field(default_factory=dict)


class Tallies(Struct, frozen=True):
    """The tallies, by kind."""

    kinds: dict[str, Tally] = field(default_factory=dict)


class _Kind:
    """What is known of one kind in this life of the daemon."""

    def __init__(self, now_s: float) -> None:
        self.bucket = TokenBucket(PER_HOUR / 3600, AT_ONCE, now_s)
        self.held: list[tuple[SecurityData, Moment]] = []
        """The last one that was held back; none: nothing is."""
        self.held_back = 0


def kind_of(data: SecurityData) -> str:
    """Returns the kind on the wire."""
    return str(data.__struct_config__.tag)


class SecurityLog:
    """
    Args:
        pole: subject of the events.
        commit: of the store.
    """

    def __init__(self, pole: str, clock: Clock, commit: Commit) -> None:
        self._pole, self._clock, self._commit = pole, clock, commit
        self.tallies: dict[str, Tally] = {}
        self._kinds: dict[str, _Kind] = {}
        self._untold: deque[Event] = deque(maxlen=MOST_UNTOLD)
        self._unsaved, self._writing = False, asyncio.Lock()
        self._news = asyncio.Event()

    def note(self, data: SecurityData) -> None:
        """It has happened. What comes too fast of one kind is counted, and told with the next one of it.

        Does no I/O and never waits: `run` writes it.
        """
        now, name = self._clock.now(), kind_of(data)
        self._count(name, data, now)
        kind = self._kinds.setdefault(name, _Kind(now.mono_s))
        if kind.bucket.take(now.mono_s):
            self._tell(kind, data, now)
        else:
            kind.held_back += 1
            kind.held[:] = [(data, now)]
        self._news.set()

    async def open(self, store: Store) -> None:
        """Goes on counting from what the store has. Raises StoreError: it cannot be read."""
        self.tallies = dict((await store.load(KEY, Tallies) or Tallies()).kinds)

    async def run(self) -> None:
        """Writes what was noted, until cancelled; what was held back too, once it may be told.

        Raises StoreError: the disk refuses it; it may be tried again.
        """
        while True:
            self._news.clear()
            self._release()
            await self.write()
            await self._wait(self._wait_s())

    async def close(self) -> None:
        """Writes what waits, and all counts, at an orderly end."""
        try:
            await self.write()
            if self._unsaved:
                await self._save(())
        except StoreError:
            log.debug("security events were not written, which the store has told")

    async def write(self) -> None:
        """Writes what waits to be told. Raises StoreError: it waits on."""
        async with self._writing:
            while self._untold:
                first = self._untold[0]
                await self._save((first,))
                if self._untold[0] is first:  # else it had to make way meanwhile
                    self._untold.popleft()

    async def _save(self, events: Sequence[Event]) -> None:
        saved = Tallies(dict(self.tallies))
        await self._commit(events, {KEY: saved})
        self._unsaved = saved.kinds != self.tallies

    async def _wait(self, most_s: float | None) -> None:
        """Returns when something was noted, after `most_s` at the latest."""
        noted = asyncio.ensure_future(self._news.wait())
        try:
            await asyncio.wait({noted}, timeout=most_s)
        finally:
            noted.cancel()

    def status(self) -> Mapping[str, Any]:
        """Describes, for a technician, what was counted, by kind, JSON-able."""
        return {name: structs.asdict(tally) for name, tally in sorted(self.tallies.items())}

    def _count(self, name: str, data: SecurityData, now: Moment) -> None:
        what = {key: each for key, each in structs.asdict(data).items() if key != "held_back"}
        before = self.tallies.get(name, Tally())
        self.tallies[name] = Tally(before.count + 1, now.unix_s, now.trusted, what)
        self._unsaved = True

    def _tell(self, kind: _Kind, data: SecurityData, at: Moment) -> None:
        log.info("security: %s %s", kind_of(data), json.encode(data).decode())
        said = structs.replace(data, held_back=kind.held_back)
        kind.held_back = 0
        kind.held.clear()
        self._untold.append(event(said, self._pole, at))

    def _release(self) -> None:
        """Tell the last one that was held back of each kind, where it may be now; it is none of those it counts."""
        now_s = self._clock.now().mono_s
        for kind in self._kinds.values():
            if kind.held and kind.bucket.take(now_s):
                kind.held_back -= 1
                self._tell(kind, *kind.held[0])

    def _wait_s(self) -> float | None:
        """Returns the seconds until something that was held back may be told; None: nothing is."""
        now_s = self._clock.now().mono_s
        waits = [kind.bucket.wait_s(now_s) for kind in self._kinds.values() if kind.held]
        return min(waits, default=None)
