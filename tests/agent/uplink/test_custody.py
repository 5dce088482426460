"""What a broker has acknowledged is the pole's until the consumer has confirmed it."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from agent.clock import Moment
from agent.events import Priority
from agent.store import Confirmed, NeverSent, Stored
from agent.uplink import custody
from agent.uplink.confirmations import Confirmation
from agent.uplink.custody import Custody


class Log:
    """The position of an uplink that has given 100 numbers."""

    def __init__(self) -> None:
        self.confirmed: list[Confirmation] = []

    async def sent(self, rows: Sequence[Stored]) -> None:
        """It is noted by the custody."""

    async def confirm(self, highest: int, ranges: Sequence[tuple[int, int]] = ()) -> Confirmed:
        if highest > 100:
            raise NeverSent(highest)
        self.confirmed.append(Confirmation(highest, tuple(ranges)))
        return Confirmed(1, 100)


def row(sequence: int) -> Stored:
    at = Moment(1.8e9, 1.0, "b", True)
    return Stored(sequence, f"{sequence:032x}", "lamp.level", "l", at, Priority.EVENT, b"{}", sequence)  # type: ignore[arg-type]


class Street:
    """A custody whose clock is set by hand."""

    def __init__(self) -> None:
        self.now_s, self.began_anew, self.log = 0.0, 0, Log()
        self.custody = Custody(self.log, 60.0, lambda: self.now_s)  # type: ignore[arg-type]

    def start_over(self) -> None:
        self.began_anew += 1
        self.custody.begin()

    async def turn(self) -> None:
        """Lets it look once: another confirmation wakes it."""
        self.custody._news.set()
        for _ in range(10):
            await asyncio.sleep(0)


def lived(work: Callable[[Street], Coroutine[Any, Any, None]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custody, "APART_S", 0.0)

    async def main() -> None:
        street = Street()
        running = asyncio.create_task(street.custody.run(street.start_over))
        try:
            await work(street)
        finally:
            running.cancel()
            await asyncio.wait([running])

    asyncio.run(main())


def test_what_is_not_confirmed_in_time_is_sent_again_with_growing_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(street: Street) -> None:
        for pause_s in (60.0, 120.0, 240.0):
            before = street.began_anew
            await street.custody.sent([row(1), row(2)])
            street.now_s += pause_s - 1
            await street.turn()
            assert street.began_anew == before
            street.now_s += 1
            await street.turn()
            assert street.began_anew == before + 1
            assert street.custody.trouble is not None and street.custody.trouble.name == "unconfirmed"
        street.custody.hear(Confirmation(2))
        await street.turn()
        assert street.custody.trouble is None

    lived(work, monkeypatch)


def test_what_is_confirmed_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(street: Street) -> None:
        await street.custody.sent([row(n) for n in range(1, 8)])
        street.custody.hear(Confirmation(3, ((5, 5), (6, 7))))
        await street.turn()
        assert street.log.confirmed == [Confirmation(3, ((5, 5), (6, 7)))]
        street.now_s = 60.0
        await street.turn()
        assert street.began_anew == 1, "4 is missing"
        await street.custody.sent([row(4)])
        street.custody.hear(Confirmation(7))
        await street.turn()
        street.now_s = 1e6
        await street.turn()
        assert street.began_anew == 1

    lived(work, monkeypatch)


def test_numbers_that_never_were_confirm_nothing_and_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(street: Street) -> None:
        await street.custody.sent([row(1)])
        street.custody.hear(Confirmation(5000))
        await street.turn()
        trouble = street.custody.trouble
        assert trouble is not None and trouble.name == "confirmation_refused" and "up to 5000" in trouble.words
        street.now_s = 60.0
        await street.turn()
        assert street.began_anew == 1
        street.custody.hear("not a confirmation: x")
        assert "not a confirmation" in str(street.custody.trouble)
        street.custody.hear(Confirmation(1))
        await street.turn()
        assert street.custody.trouble is None

    lived(work, monkeypatch)


def test_two_consumers_that_confirm_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(street: Street) -> None:
        for consumer in ("city", "backup"):
            street.custody.hear(Confirmation(1, consumer=consumer))
            await street.turn()
        trouble = street.custody.trouble
        assert trouble is not None and trouble.name == "several_consumers" and "backup, city" in trouble.words
        street.now_s = 3601.0
        street.custody.hear(Confirmation(2, consumer="city"))
        await street.turn()
        assert street.custody.trouble is None, "the other one has left"

    lived(work, monkeypatch)


@pytest.mark.may_log("uplink: the consumer")
def test_a_flood_of_confirmations_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(street: Street) -> None:
        for number in range(10_000):
            street.custody.hear(Confirmation(number % 100, consumer=f"c{number % 50}"))
        await street.turn()
        assert len(street.log.confirmed) <= custody.MOST_CONSUMERS

    lived(work, monkeypatch)


def test_who_waits_for_no_confirmation_hears_when_something_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custody, "APART_S", 0.0)

    async def main() -> None:
        over, keeps = asyncio.Event(), Custody(Log(), 0.01)  # type: ignore[arg-type]
        running = asyncio.create_task(keeps.run(over.set))
        await asyncio.sleep(0)
        await keeps.sent([row(1)])
        await asyncio.wait_for(over.wait(), 10)
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(main())


def test_a_new_connection_waits_for_the_last_word_of_the_consumer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(street: Street) -> None:
        await asyncio.wait_for(street.custody.last_word(), 10)
        await street.custody.sent([row(1), row(2)])
        waiting = asyncio.create_task(street.custody.last_word())
        await asyncio.sleep(0)
        assert not waiting.done()
        street.custody.hear(Confirmation(1))
        await asyncio.wait_for(waiting, 10)
        monkeypatch.setattr(custody, "LAST_WORD_S", 0.0)
        await asyncio.wait_for(street.custody.last_word(), 10)

    lived(work, monkeypatch)
