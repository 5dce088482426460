"""A pole takes leave: what waits is sent before, the broker is not waited for longer than said, and then it ends."""

import asyncio
from types import SimpleNamespace
from typing import Any

from built_pole import MovedClock
from patience import PATIENCE_S

from agent.console import Ask
from agent.lifecycle import retirement
from agent.lifecycle.retirement import Retirement
from agent.places import Places
from agent.uplink.leave import LastWords


class Leave:
    def __init__(self, refusal: str | None = None) -> None:
        self.told = self.cleared = self.is_taken = False
        self.refusal = refusal
        self.words: list[tuple[LastWords, float]] = []

    async def take(self, words: LastWords, most_s: float) -> None:
        self.words.append((words, most_s))
        self.is_taken, self.told = True, self.refusal is None
        self.cleared = self.told


class Pole:
    """One whose outbox empties by one event a look, while it is connected."""

    def __init__(self, waiting: int, *, connected: bool = True, refusal: str | None = None) -> None:
        self.waiting, self.now_s, self.leave = waiting, 0.0, Leave(refusal)
        status = SimpleNamespace(connected=connected, trouble=None)
        store = SimpleNamespace(depth=lambda: self.waiting, load=self._load)
        config = SimpleNamespace(pole=SimpleNamespace(id="p1"))
        context: Any = SimpleNamespace(store=store, config=config, clock=MovedClock(), identified=Places())
        uplink: Any = SimpleNamespace(status=status, leave=self.leave)
        self.retirement = Retirement(context, lambda: {"": uplink}, dict, sleep=self._sleep, now_s=lambda: self.now_s)

    async def _load(self, _key: str, kind: Any) -> Any:
        return kind(names=("b1",))

    async def _sleep(self, pause_s: float) -> None:
        self.now_s += pause_s
        self.waiting -= min(self.waiting, 1)

    def answer(self, wait_s: float | None = None) -> dict[str, Any]:
        async def asked() -> dict[str, Any]:
            answer = await self.retirement.answer(Ask("retire", timeout_s=wait_s))
            async with asyncio.timeout(PATIENCE_S):
                await self.retirement.is_over.wait()
            return answer

        return asyncio.run(asked())


def test_what_waits_is_sent_before_the_last_words() -> None:
    pole = Pole(waiting=20)
    assert pole.answer() == {"told": True, "cleared": True, "reason": "", "events_left": 0}
    ((words, _),) = pole.leave.words
    assert words.event.type == "pole.retired" and words.devices == ("b1",)


def test_more_than_can_be_sent_in_time_is_left_and_counted() -> None:
    told = Pole(waiting=1000).answer(1.0)
    assert told["told"] and 980 <= told["events_left"] < 1000


def test_a_broker_that_is_away_is_waited_for_as_long_as_said_and_no_longer() -> None:
    pole = Pole(waiting=3, connected=False)
    told = pole.answer(5.0)
    assert (told["told"], told["cleared"], told["reason"]) == (False, False, "the broker did not answer in time")
    assert 5.0 <= pole.now_s < 5.5 and pole.leave.words == []
    pole = Pole(waiting=3, connected=False)
    pole.answer(1e9)
    assert pole.now_s < retirement.MOST_S + 1.0


def test_what_the_broker_refuses_is_told() -> None:
    assert Pole(waiting=0, refusal="Not authorized").answer()["reason"] == "Not authorized"
