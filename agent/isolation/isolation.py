"""All parts of a pole, and what is told of them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from agent.clock import Clock, Moment, SystemClock
from agent.events.parts import PartFailed, PartRestored
from agent.isolation.news import News
from agent.isolation.part import LOOK_S, Failure, Part, is_unbuilt
from agent.rule import Commit
from drivers.backoff import Backoff

T = TypeVar("T")

STABLE_S = 300.0
"""A part that works is told to work again so long after its last failure."""


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
        self._clock = clock or SystemClock()
        self.backoff, self.stable_s, self.sleep, self.now_s = backoff, stable_s, sleep, now_s
        self._parts: dict[str, Part] = {}
        self._failed: dict[str, Part] = {}
        self._news = News(pole, sleep)

    def part(self, name: str, *, each_alone: bool = False) -> Part:
        """The part of that name, the same at each call.

        Args:
            each_alone: see Part; as it is made first.
        """
        if name not in self._parts:
            self._parts[name] = Part(name, self, each_alone=each_alone)
        return self._parts[name]

    def ask(self, name: str, work: Callable[[], T]) -> T | None:
        """What `work` gives, as `Part.ask`. The part is kept only once it failed: one that merely tells what another
        one is, there is of every device and trade."""
        part = self._parts.get(name) or Part(name, self, each_alone=False)
        answer = part.ask(work)
        if part.failure is not None:
            self._parts[name] = part
        return answer

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
        return {name for name, part in self._parts.items() if is_unbuilt(part)}

    def forget(self, name: str) -> None:
        """Reports a failed part as restored, and resets it; what replaces it reports its own failures."""
        part = self._parts[name]
        if part.failure is not None:
            self.restored(part, part.failure)
        part.forget()

    def drop(self, name: str) -> None:
        """Forgets the part of that name, which will not be asked for again."""
        del self._parts[name]

    def failed(self, part: Part, failure: Failure) -> None:
        self._failed[part.name] = part
        defect = failure.defect
        told = PartFailed(
            part=part.name, error=defect.error, message=defect.message, place=defect.place, count=part.count
        )
        self._news.tell(told, failure.since)

    def restored(self, part: Part, failure: Failure) -> None:
        self._failed.pop(part.name, None)
        now = self.now()
        failed_s = round(now.mono_s - failure.since.mono_s, 3)
        told = PartRestored(part=part.name, failed_s=failed_s, count=failure.count, left_out=part.left_out)
        self._news.tell(told, now)

    async def run(self, commit: Commit) -> None:
        """Tell what happens to the parts, until cancelled. What the disk refuses is told when it takes it."""
        while True:
            await self._news.write(commit)
            for part in list(self._failed.values()):
                part.check_restored()
            await self._news.wait(LOOK_S if self._failed else None)


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
