"""One part: what it fails at is caught here, and what it is given meanwhile is left out and counted."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from msgspec import Struct

from agent.clock import Moment
from agent.defect import Defect, described
from agent.store import StoreError
from agent.suspension import Suspension
from drivers.backoff import Backoff
from drivers.base import Reading
from drivers.translation import N_

log = logging.getLogger(__name__)

T = TypeVar("T")

Listener = Callable[[Reading], Awaitable[None]]

STORE_RETRY_S = 5.0
"""Pause of a part whose change the disk refused."""

LOOK_S = 5.0
"""How often it is looked whether a part that failed works again."""

RUN, START = "run", "start"


_ANEW = N_("%s failed by a defect: it is begun anew, the others go on")
_UNBUILT = N_("%s failed by a defect: it is set aside until the next start, the others go on")
_EACH_ALONE = N_("%s failed by a defect: one piece of its work is lost, the others go on")


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


class Surroundings(Protocol):
    """What a part needs of the isolation that it belongs to.

    Args:
        stable_s: a part that works is told to work again so long after its last failure.
        backoff: pauses of one part.
        sleep, now_s: pauses, monotonic seconds.
    """

    stable_s: float

    @property
    def backoff(self) -> Callable[[], Backoff]: ...

    @property
    def sleep(self) -> Callable[[float], Awaitable[None]]: ...

    @property
    def now_s(self) -> Callable[[], float]: ...

    def now(self) -> Moment: ...

    def failed(self, part: "Part", failure: Failure) -> None: ...

    def restored(self, part: "Part", failure: Failure) -> None: ...


class Part:
    """One part. Made by `Isolation.part`.

    Args:
        each_alone: whether each piece of its work is by itself, and is done whatever became of the one before.
    """

    # A pole has some hundreds of these.
    __slots__ = (
        "_each_alone", "_isolation", "_limit", "_owned", "_proven", "begin_anew", "count", "failure", "left_out",
        "name", "suspension",
    )  # fmt: skip

    def __init__(self, name: str, isolation: Surroundings, *, each_alone: bool) -> None:
        self.name, self._isolation, self._each_alone = name, isolation, each_alone
        self.count = 0
        """Failures since the start of the daemon."""
        self._limit: asyncio.Timeout | None = None
        self.forget()

    def forget(self) -> None:
        """Resets the part after what it was made of was taken out."""
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
                self._caught(error, RUN)

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
        """Build the part. One that cannot be built is set aside until the next start: it would fail alike."""
        await self.attempt(work, START)
        self.suspension.for_good = is_unbuilt(self)

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
        if self.failure is not None and self.failure.at == RUN and not self.set_aside:
            self._worked(RUN)

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
            log.error(
                _EACH_ALONE if self._each_alone else _UNBUILT if at == START else _ANEW, self.name, exc_info=error
            )
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


def is_unbuilt(part: Part) -> bool:
    """Whether the part could not be built."""
    return part.set_aside and part.failure is not None and part.failure.at == START
