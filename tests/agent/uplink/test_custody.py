"""What a broker has acknowledged is the pole's until the consumer has confirmed it."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from msgspec import Raw
from patience import PATIENCE_S

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
        self.again: list[list[int]] = []
        self.resets: list[bool] = []
        self.settled: set[int] = set()

    async def sent(self, rows: Sequence[Stored]) -> list[Stored]:
        return [row for row in rows if row.seq not in self.settled]

    async def send_again(self, seqs: Sequence[int]) -> None:
        self.again.append(list(seqs))

    async def reset_cursor(self, *, unconfirmed: bool = True) -> int:
        self.resets.append(unconfirmed)
        return 100

    async def confirm(self, highest: int, ranges: Sequence[tuple[int, int]] = ()) -> Confirmed:
        if highest > 100:
            raise NeverSent(highest)
        self.confirmed.append(Confirmation(highest, tuple(ranges)))
        has = {n for first, last in ((1, highest), *ranges) for n in range(first, last + 1)} - self.settled
        self.settled |= has
        return Confirmed(len(has), 100)


def row(sequence: int, *, resent: bool = False) -> Stored:
    at = Moment(1.8e9, 1.0, "b", True)
    return Stored(sequence, f"{sequence:032x}", "lamp.level", "l", at, Priority.EVENT, Raw(b"{}"), sequence, resent)


class Street:
    """A custody whose clock is set by hand."""

    def __init__(self) -> None:
        self.now_s, self.log = 0.0, Log()
        self.custody = Custody(self.log, 60.0, lambda: self.now_s)  # type: ignore[arg-type]

    async def send(self, *numbers: int, resent: bool = False) -> None:
        await self.custody.sent([row(number, resent=resent) for number in numbers])

    async def turn(self) -> None:
        """Lets it look once: another confirmation wakes it."""
        self.custody._news.set()
        for _ in range(10):
            await asyncio.sleep(0)


def lived(work: Callable[[Street], Coroutine[Any, Any, None]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custody, "APART_S", 0.0)

    async def main() -> None:
        street = Street()
        running = asyncio.create_task(street.custody.run())
        try:
            await work(street)
        finally:
            running.cancel()
            await asyncio.wait([running])

    asyncio.run(main())


def test_what_is_not_confirmed_in_time_is_sent_again_with_growing_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(street: Street) -> None:
        for count, pause_s in enumerate((60.0, 120.0, 240.0)):
            await street.send(1, 2, resent=count > 0)
            street.now_s += pause_s - 1
            await street.turn()
            assert len(street.log.again) == count
            street.now_s += 1
            await street.turn()
            assert street.log.again[count:] == [[1, 2]]
            assert street.custody.trouble is not None and street.custody.trouble.name == "unconfirmed"
        street.custody.hear(Confirmation(2))
        await street.turn()
        assert street.custody.trouble is None

    lived(work, monkeypatch)


def test_what_is_confirmed_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(street: Street) -> None:
        await street.send(*range(1, 8))
        street.custody.hear(Confirmation(3, ((5, 5), (6, 7))))
        await street.turn()
        assert street.log.confirmed == [Confirmation(3, ((5, 5), (6, 7)))]
        street.now_s = 60.0
        await street.turn()
        assert street.log.again == [[4]], "it is missing"
        await street.send(4, resent=True)
        street.custody.hear(Confirmation(7))
        await street.turn()
        street.now_s = 1e6
        await street.turn()
        assert len(street.log.again) == 1

    lived(work, monkeypatch)


def test_what_is_confirmed_before_it_is_noted_as_sent_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(street: Street) -> None:
        street.custody.hear(Confirmation(2))
        await street.turn()
        await street.send(1, 2)
        street.now_s = 1e6
        await street.turn()
        assert (street.log.again, street.custody.trouble) == ([], None)

    lived(work, monkeypatch)


def test_a_new_connection_sends_nothing_again_that_the_broker_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that is killed each second gets no copy of the same first events each time."""

    async def work(street: Street) -> None:
        for _ in range(3):
            assert await street.custody.reset_cursor() == 100
        assert street.log.resets == [True, False, False]
        await street.send(1, 2)
        street.now_s = 59.0
        await street.custody.reset_cursor()
        await street.turn()
        assert street.log.again == []
        street.now_s = 60.0
        await street.turn()
        assert street.log.again == [[1, 2]]

    lived(work, monkeypatch)


def test_what_waits_behind_others_at_a_slow_consumer_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(street: Street) -> None:
        for number in range(1, 101):
            await street.send(number)
            street.now_s += 1.0
        for number in range(1, 101):
            street.now_s += 30.0
            street.custody.hear(Confirmation(number))
            await street.turn()
        assert street.log.again == []

    lived(work, monkeypatch)


def test_what_a_consumer_has_passed_is_sent_again_in_its_time_while_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(street: Street) -> None:
        for number in range(1, 101):
            await street.send(number)
            street.now_s += 1.0
            if number > 20:
                street.custody.hear(Confirmation(9, ((12, number - 9),)))
            await street.turn()
        assert street.log.again == [[10], [11]]
        assert street.custody.trouble is None

    lived(work, monkeypatch)


def test_a_consumer_that_is_away_is_sent_all_once_more_and_then_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that keeps everything for it is not filled with copies."""

    async def work(street: Street) -> None:
        for number in range(0, 100, 10):
            await street.send(*range(number + 1, number + 11))
            street.now_s += 2.0
        street.now_s = 86_400.0
        await street.turn()
        assert street.log.again == [list(range(1, 101))]
        for number in range(0, 100, 10):
            await street.send(*range(number + 1, number + 11), resent=True)
            street.now_s += 2.0
        for _ in range(100):
            street.now_s += custody.LONGEST_PAUSE_S
            await street.turn()
        assert [seqs for seqs in street.log.again[1:]][:3] == [[*range(1, 11)], [*range(11, 21)], [*range(21, 31)]]
        assert all(len(seqs) == 10 for seqs in street.log.again[1:])

    lived(work, monkeypatch)


def test_a_consumer_that_comes_back_is_soon_sent_what_the_broker_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """It confirms what it had; the pauses had grown to an hour."""

    async def work(street: Street) -> None:
        await street.send(1, 2)
        for _ in range(12):
            street.now_s += custody.LONGEST_PAUSE_S
            await street.turn()
            await street.send(1, 2, resent=True)
        tried = len(street.log.again)
        street.custody.hear(Confirmation(0))
        await street.turn()
        street.now_s += 60.0
        await street.turn()
        assert len(street.log.again) == tried + 1

    lived(work, monkeypatch)


def test_numbers_that_never_were_confirm_nothing_and_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(street: Street) -> None:
        await street.send(1)
        street.custody.hear(Confirmation(5000))
        await street.turn()
        trouble = street.custody.trouble
        assert trouble is not None and trouble.name == "confirmation_refused" and "up to 5000" in trouble.words
        street.now_s = 60.0
        await street.turn()
        assert street.log.again == [[1]]
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
        log = Log()
        keeps = Custody(log, 0.01)  # type: ignore[arg-type]
        running = asyncio.create_task(keeps.run())
        await asyncio.sleep(0)
        await keeps.sent([row(1)])
        async with asyncio.timeout(PATIENCE_S):
            while not log.again:
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(main())


def test_confirmations_that_are_dear_leave_the_store_to_others() -> None:
    """However many are sent: what one of them takes is followed by four times that."""
    now_s, pauses = [0.0], list[float]()

    class Slow(Log):
        async def confirm(self, highest: int, ranges: Sequence[tuple[int, int]] = ()) -> Confirmed:
            now_s[0] += 3.0 if highest == 2 else 0.001
            return await super().confirm(highest, ranges)

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    async def main() -> None:
        keeps = Custody(Slow(), 60.0, lambda: now_s[0], pause)  # type: ignore[arg-type]
        running = asyncio.create_task(keeps.run())
        for highest in (1, 2):
            keeps.hear(Confirmation(highest))
            while len(pauses) < highest:
                await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(main())
    assert pauses == [custody.APART_S, pytest.approx(12.0)]
