"""A part with a defect is set aside, told once, and begun anew with growing pauses; the pole goes on without it.

A part is whatever may fail by itself: a rule, the control of a lamp, the figures, one state that the broker keeps. Any
exception that leaves it is a defect of its program, and never of the device whose reading it was given. A store that
refuses is none: StoreError passes, and what it kept from being written is decided again.

While a part is set aside, what it is given is left out and counted, as if the daemon were off for it; it goes on from
what it committed last. It works again when what it failed at has succeeded STABLE_S after its last failure.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from msgspec import Struct

from agent.clock import Clock, Moment, SystemClock
from agent.defect import Defect, described
from agent.events import Event
from agent.events.pole import PartFailed, PartRestored
from agent.events.registry import event
from agent.rule import Commit
from agent.store import StoreError
from agent.suspension import Suspension
from drivers.backoff import Backoff
from drivers.base import Reading

log = logging.getLogger(__name__)

T = TypeVar("T")

Listener = Callable[[Reading], Awaitable[None]]

STABLE_S = 300.0
"""A part that works is told to work again so long after its last failure."""

STORE_RETRY_S = 5.0
"""Pause of a part whose change the disk refused."""

LOOK_S = 5.0
"""How often it is looked whether a part that failed works again."""

MOST_UNTOLD = 64
"""Events that wait for a disk that refuses; beyond that the oldest go, and the log has them."""

_RUN, START = "run", "start"


class Failure(Struct, frozen=True):
    """What went wrong in a part since it worked last.

    Args:
        since, last: of the first failure and of the last.
        defect: of the last.
        count: how many there were.
        at: what the part was doing: the quantity that it was given, its own run, its start.
    """

    since: Moment
    last: Moment
    defect: Defect
    count: int
    at: str


class Part:
    """One part. Made by `Isolation.part`.

    Args:
        each_alone: whether each piece of its work is by itself, and is done whatever became of the one before.
    """

    def __init__(self, name: str, isolation: "Isolation", *, each_alone: bool = False) -> None:
        self.name, self._isolation, self._each_alone = name, isolation, each_alone
        self.count = 0
        """Failures since the start of the daemon."""
        self._limit: asyncio.Timeout | None = None
        self.forget()

    def forget(self) -> None:
        """What it was is gone: it is built anew, or not at all."""
        self.failure: Failure | None = None
        self.left_out = 0
        """Pieces of work that came while it was set aside, since it worked last."""
        self.begin_anew: Callable[[], Awaitable[None]] | None = None
        """What `run` does first after a failure; None: the part is just tried again."""
        self.suspension = Suspension(self._isolation.backoff, self._isolation.now_s)
        self._owned = self._proven = False

    @property
    def set_aside(self) -> bool:
        return self.suspension.active

    @property
    def trusted(self) -> bool:
        """Whether what it knows may be believed: it did not fail, or has worked since it was begun anew."""
        return self.failure is None or (not self.set_aside and self._proven)

    async def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Runs `work` until cancelled, or until it returns. A failure of the part elsewhere ends `work` too, and
        begins it anew."""
        self._owned = True
        while True:
            while self.set_aside and (self.suspension.for_good or self.suspension.left_s):
                await self._isolation.sleep(self.suspension.left_s or LOOK_S)
            try:
                if await self._run_once(work):
                    return
            except StoreError:
                await self._isolation.sleep(STORE_RETRY_S)
            except Exception as error:
                self._caught(error, _RUN)

    async def attempt(self, work: Callable[[], Awaitable[T]], at: str = "") -> T | None:
        """What `work` gives; None: it failed, or was left out because the part is set aside."""
        if self._left_out():
            return None
        try:
            answer = await work()
        except StoreError:
            raise
        except Exception as error:
            self._caught(error, at)
            return None
        self._worked(at)
        return answer

    def ask(self, work: Callable[[], T], at: str = "") -> T | None:
        """The same, for what waits for nothing."""
        if self._left_out():
            return None
        try:
            answer = work()
        except StoreError:
            raise
        except Exception as error:
            self._fail(error, at)
            return None
        self._worked(at)
        return answer

    async def build(self, work: Callable[[], Awaitable[None]]) -> None:
        """Build the part. One that cannot be built is set aside until the next start: nothing it is made of changes."""
        await self.attempt(work, START)
        self.suspension.for_good = _unbuilt(self)

    def listener(self, listen: Listener) -> Listener:
        """Hands readings on to `listen`, which never fails but of the store."""

        async def hear(reading: Reading) -> None:
            # This repeats `attempt` inline: every reading of every sensor passes here several times.
            if self.suspension.active and self._left_out():
                return
            try:
                await listen(reading)
            except StoreError:
                raise
            except Exception as error:
                self._caught(error, reading.quantity)
            else:
                if self.failure is not None:
                    self._worked(reading.quantity)

        return hear

    def check_restored(self) -> None:
        """Tells that the part works again once its own run, which never succeeds as such, has gone on long enough."""
        if self.failure is not None and self.failure.at == _RUN and not self.set_aside:
            self._worked(_RUN)

    async def _run_once(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Whether `work` returned; if not, the part was set aside meanwhile."""
        limit = asyncio.timeout(None)
        try:
            async with limit as self._limit:
                if self.set_aside:
                    if self.begin_anew is not None:
                        await self.begin_anew()
                    self.suspension.end()
                # In a task of its own: a TaskGroup that fails leaves its task marked as cancelled (Python 3.11).
                await asyncio.ensure_future(work())
        except TimeoutError:
            if not limit.expired():
                raise
            return False
        finally:
            self._limit = None
        return True

    def _left_out(self) -> bool:
        """Whether there is work to be left out now. A part that nobody runs goes on by itself after its pause."""
        if not self.set_aside:
            return False
        if not self._owned and self.suspension.left_s == 0.0:
            self.suspension.end()
            return False
        self.left_out += 1
        return True

    def _caught(self, error: Exception, at: str) -> None:
        """Raises CancelledError where that was lost to the failure, as a TaskGroup does in Python 3.11."""
        self._fail(error, at)
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError from error

    def _fail(self, error: Exception, at: str) -> None:
        now, before, defect = self._isolation.now(), self.failure, described(error)
        self.failure = Failure(before.since if before else now, now, defect, before.count + 1 if before else 1, at)
        self.count, self._proven = self.count + 1, False
        if not self._each_alone:
            if not self.set_aside and self._limit is not None:
                self._limit.reschedule(asyncio.get_running_loop().time())
            self.suspension.begin()
        if before is None:
            log.error("%s failed by a defect: it is begun anew, the others go on", self.name, exc_info=error)
            self._isolation.failed(self, self.failure)

    def _worked(self, at: str) -> None:
        failure = self.failure
        if failure is None:
            return
        self._proven = True
        if failure.at == at and self._isolation.now().mono_s - failure.last.mono_s >= self._isolation.stable_s:
            log.warning("%s works again, after %d failures", self.name, failure.count)
            self._isolation.restored(self, failure)
            self.failure, self.left_out = None, 0


class Isolation:
    """All parts of a pole, and what is told of them.

    Args:
        pole: subject of the events.
        clock: dates them.
        backoff: pauses of one part.
        stable_s: see STABLE_S.
        sleep, now_s: pauses, monotonic seconds.
    """

    def __init__(
        self,
        pole: str = "pole",
        clock: Clock | None = None,
        *,
        backoff: Callable[[], Backoff] = Backoff,
        stable_s: float = STABLE_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pole, self._clock = pole, clock or SystemClock()
        self.backoff, self.stable_s, self.sleep, self.now_s = backoff, stable_s, sleep, now_s
        self._parts: dict[str, Part] = {}
        self._failed: dict[str, Part] = {}
        self._untold: deque[Event] = deque(maxlen=MOST_UNTOLD)
        self._news = asyncio.Event()

    def part(self, name: str, *, each_alone: bool = False) -> Part:
        """The part of that name, the same at each call.

        Args:
            each_alone: see Part; as it is made first.
        """
        if name not in self._parts:
            self._parts[name] = Part(name, self, each_alone=each_alone)
        return self._parts[name]

    @property
    def names(self) -> list[str]:
        """The names of the parts that failed and do not work again yet."""
        return sorted(self._failed)

    def status(self) -> list[dict[str, Any]]:
        """Describes these parts for a technician."""
        now = self.now()
        failed = ((self._failed[name], self._failed[name].failure) for name in self.names)
        return [_status(part, failure, now) for part, failure in failed if failure is not None]

    def now(self) -> Moment:
        return self._clock.now()

    @property
    def known(self) -> list[str]:
        """Names of the parts that were ever asked for."""
        return list(self._parts)

    @property
    def unbuilt(self) -> set[str]:
        """Names of the parts that could not be built."""
        return {name for name, part in self._parts.items() if _unbuilt(part)}

    def forget(self, name: str) -> None:
        """What has this name is taken out; one that had failed is told as restored, and what replaces it by itself."""
        part = self._parts[name]
        if part.failure is not None:
            self.restored(part, part.failure)
        part.forget()

    def failed(self, part: Part, failure: Failure) -> None:
        self._failed[part.name] = part
        defect = failure.defect
        told = PartFailed(
            part=part.name, error=defect.error, message=defect.message, place=defect.place, count=part.count
        )
        self._tell(told, failure.since)

    def restored(self, part: Part, failure: Failure) -> None:
        self._failed.pop(part.name, None)
        now = self.now()
        failed_s = round(now.mono_s - failure.since.mono_s, 3)
        told = PartRestored(part=part.name, failed_s=failed_s, count=failure.count, left_out=part.left_out)
        self._tell(told, now)

    async def run(self, commit: Commit) -> None:
        """Tell what happens to the parts, until cancelled. What the disk refuses is told when it takes it."""
        while True:
            self._news.clear()
            await self._commit_all(commit)
            for part in list(self._failed.values()):
                part.check_restored()
            if not self._failed and not self._untold:
                await self._news.wait()
            elif not self._untold:
                await self._first_news()

    async def _commit_all(self, commit: Commit) -> None:
        while self._untold:
            first = self._untold.popleft()
            try:
                await commit((first,), {})
            except StoreError:
                if len(self._untold) < MOST_UNTOLD:
                    self._untold.appendleft(first)
                await self.sleep(STORE_RETRY_S)

    async def _first_news(self) -> None:
        sleeping = asyncio.ensure_future(self.sleep(LOOK_S))
        waiting = asyncio.ensure_future(self._news.wait())
        try:
            await asyncio.wait((sleeping, waiting), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            waiting.cancel()

    def _tell(self, data: PartFailed | PartRestored, at: Moment) -> None:
        self._untold.append(event(data, self._pole, at))
        self._news.set()


def _unbuilt(part: Part) -> bool:
    return part.set_aside and part.failure is not None and part.failure.at == START


def _status(part: Part, failure: Failure, now: Moment) -> dict[str, Any]:
    wait_s = part.suspension.left_s
    return {
        "part": part.name,
        "state": "set_aside" if part.set_aside else "on_trial",
        "reason": failure.defect.words,
        "since_s": round(now.mono_s - failure.since.mono_s, 1),
        "count": failure.count,
        "left_out": part.left_out,
        "next_attempt_s": None if wait_s is None else round(wait_s, 1),
    }
