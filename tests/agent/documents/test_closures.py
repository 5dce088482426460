"""A closed bay: nobody in it is accused, nothing of it is counted, and its state says so."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

MINUTE = timedelta(minutes=1)


def overstays(pole: Any) -> list[tuple[str, float]]:
    return [(each.data["stage"], each.data["counted_s"]) for each in pole.told if each.type == "bay.overstay"]


def test_time_in_a_closed_bay_is_held_against_nobody(pole: Any) -> None:
    """The bay has a limit of 10 minutes: 5 before the closure, 20 in it, and the daemon ends in between."""

    async def main() -> None:
        async with pole.on():
            await pole.stands(5 * MINUTE)
            await pole.close(valid_until=pole.now_utc + 20 * MINUTE)
            await pole.stands(10 * MINUTE)
        async with pole.on():
            await pole.stands(9 * MINUTE)
            assert overstays(pole) == []
            pole.passes(MINUTE)
            await pole.documents.look()
            await pole.stands(9 * MINUTE)
            assert overstays(pole) == []
            await pole.stands(2 * MINUTE)

    asyncio.run(main())
    ((stage, counted_s),) = overstays(pole)
    assert stage == "limit"
    assert 600 <= counted_s < 620
    freed = [each for each in pole.told if each.type == "bay.freed"]
    assert freed == [], "it is one stay all the time"


def test_who_overstays_the_ordinary_limit_is_told_where_nothing_is_closed(pole: Any) -> None:
    async def main() -> None:
        async with pole.on():
            await pole.close(content={"bays": ["bay-2"]})
            await pole.stands(11 * MINUTE)

    asyncio.run(main())
    assert [stage for stage, _ in overstays(pole)] == ["limit"]


def test_its_state_says_that_it_is_closed(pole: Any) -> None:
    async def main() -> None:
        async with pole.on():
            parking = pole.parking
            await pole.stands(MINUTE)
            before = parking.states(pole.now(), {})["bay-1"]()
            assert (before.state, before.closed) == ("occupied", False)
            await pole.close()
            told = parking.states(pole.now(), {})["bay-1"]()
            assert (told.state, told.stay, told.closed) == ("occupied", before.stay, True)
            shown = parking.status(pole.now(), ())["bays"]
            assert shown["bay-1"]["closed"] is True
            assert "closed" not in shown["bay-2"]

    asyncio.run(main())


def test_its_figures_count_nothing_and_go_on_afterwards(pole: Any) -> None:
    async def main() -> list[tuple[str, int]]:
        async with pole.on():
            await pole.stands(30 * MINUTE)
            await pole.close(valid_until=pole.now_utc + 20 * MINUTE)
            await pole.stands(10 * MINUTE, occupied=False)
            await pole.stands(10 * MINUTE)
            await pole.documents.look()
            assert [group["unknown"] for group in pole.parking.status(pole.now(), ())["groups"]] == [1]
            await pole.stands(10 * MINUTE)
            (day,) = pole.parking.occupancy.recorder.log.of("bay-1").values()
            began_s = day.changes[0].at_s
            return [(change.kind, (change.at_s - began_s) // 60) for change in day.changes]

    assert asyncio.run(main()) == [("arrived", 0), ("overstay", 10), ("unknown", 29), ("occupied", 49)]


@pytest.mark.parametrize("first", ["one", "two"])
def test_a_bay_that_two_close_is_open_when_both_are_over(pole: Any, first: str) -> None:
    async def main() -> None:
        async with pole.on():
            await pole.close("c1", name="one")
            await pole.close("c2", name="two", content={"bays": ["bay-1", "bay-2"]})
            await pole.documents.withdraw("c3", ("closure", first))
            assert "bay-1" in pole.parking.closed
            await pole.documents.withdraw("c4", ("closure", "two" if first == "one" else "one"))
            assert pole.parking.closed == frozenset()

    asyncio.run(main())
