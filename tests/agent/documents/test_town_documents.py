"""The town's order from afar: temporary orders, exemptions and permits, applied without a restart, kept, and ending."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from agent.documents.errors import Refused
from drivers.base import Reading

MINUTE = timedelta(minutes=1)

RULES = """
[rule.snow]
category = "no_parking"
limit = "0s"
[rule.hour]
category = "blue_zone"
limit = "1h"
users = [{ name = "carer", limit = "3h" }]
[rule.own-orders]
category = "general"
orders = [{ name = "fair", from = "2026-12-24 06:00" }]
[rule.buses]
category = "bus"
limit = "5min"
exempt_classes = ["bus"]
"""


@pytest.fixture
def town(pole: Any) -> Any:
    """bay-1 has a limit of ten minutes of its own, bay-2 stands under [rule.hour]."""
    pole.config = pole.config.replace('sensor = "ultra-2"\n', 'sensor = "ultra-2"\nrule = "hour"\n') + RULES
    return pole


async def order(pole: Any, command_id: str = "c1", kind: str = "order", **content: Any) -> dict[str, Any]:
    said = {"bays": ["bay-1"], **({"rule": "snow"} if kind == "order" else {}), **content}
    found: dict[str, Any] = await pole.set(command_id, kind=kind, name="snow-1", content=said)
    return found


async def refused(pole: Any, kind: str = "order", **content: Any) -> str:
    with pytest.raises(Refused) as told:
        await order(pole, kind=kind, **content)
    return str(told.value)


def overstays(pole: Any) -> list[tuple[Any, ...]]:
    """Rule and order of each, and how much counted."""
    return [
        (each.data["rule"], each.data["order"], each.data["counted_s"] // 60)
        for each in pole.told
        if each.type == "bay.overstay"
    ]


def state(pole: Any, bay: str = "bay-1") -> Any:
    return pole.parking.states(pole.now(), {})[bay]()


def test_an_order_from_afar_takes_the_place_of_the_rule_from_then_on(town: Any) -> None:
    """It meets who stands there already, with the time from then on."""

    async def main() -> None:
        async with town.on():
            await town.stands(5 * MINUTE)
            before = state(town)
            answered = await order(town)
            assert answered["in_force"] is True
            told = state(town)
            assert (told.rule, told.order, told.limit_s, told.limit_applies) == ("snow", "snow-1", 0.0, True)
            assert told.order_digest != before.order_digest
            await town.stands(MINUTE)

    asyncio.run(main())
    assert overstays(town) == [("snow", "snow-1", 0)]
    (told,) = [each.data for each in town.told if each.type == "bay.overstay"]
    assert told["statement"].startswith('suspected: stands where order "snow-1" (rule "snow") lets nobody stand')


def test_it_ends_by_itself_and_no_time_under_it_is_held_against_anybody_afterwards(town: Any) -> None:
    async def main() -> None:
        async with town.on():
            await order(town, kind="exemption")
            await town.stands(170 * MINUTE)
            assert state(town).limit_s is None
            town.passes(10 * MINUTE)
            await town.documents.look()
            assert (state(town).order, state(town).limit_s) == (None, 600.0)
            await town.stands(9 * MINUTE)
            assert overstays(town) == []
            await town.stands(2 * MINUTE)

    asyncio.run(main())
    assert overstays(town) == [(None, None, 10)]


def test_it_is_kept_over_a_restart(town: Any) -> None:
    async def main() -> None:
        async with town.on():
            await order(town, kind="exemption")
            await town.stands(20 * MINUTE)
        town.boot = "b2"
        async with town.on():
            await town.stands(20 * MINUTE)
            assert state(town).order == "snow-1"
            await town.documents.withdraw("c2", ("exemption", "snow-1"))
            await town.stands(9 * MINUTE)

    asyncio.run(main())
    assert overstays(town) == []


def test_hours_of_an_order_are_its_own(town: Any) -> None:
    """It is 21:00 in Paris: the order holds from 22:00 on."""

    async def main() -> None:
        async with town.on():
            await order(town, windows=[{"from": "22:00", "to": "23:00"}])
            await town.stands(9 * MINUTE)
            assert (state(town).order, overstays(town)) == (None, [])

    asyncio.run(main())


def test_an_exemption_goes_before_an_order_and_the_last_order_before_others(town: Any) -> None:
    async def main() -> None:
        async with town.on():
            await order(town)
            await town.set("c2", kind="order", name="later", content={"bays": ["bay-1"], "rule": "hour"})
            assert state(town).order == "later"
            await town.set("c3", kind="exemption", name="fair", content={"bays": ["bay-1"]})
            assert (state(town).order, state(town).rule, state(town).limit_s) == ("fair", None, None)
            assert state(town, "bay-2").order is None, "it names another bay"

    asyncio.run(main())


def test_a_permit_lets_the_vehicle_with_its_tag_stand_and_no_other(town: Any) -> None:
    async def arrive(tag: str | None) -> None:
        town.passes(MINUTE)
        for listen in town.builder.built.listeners["ultra-1"] if tag else ():
            await listen(Reading("ultra-1", "vehicle_tag", tag, town.mono_s))
        await town.stands(12 * MINUTE)
        await town.stands(2 * MINUTE, occupied=False)

    async def main() -> None:
        async with town.on():
            await order(town, kind="permit", tags=["2a00ff01"])
            await arrive("2A00FF01")
            assert overstays(town) == []
            await arrive("0000")
            assert len(overstays(town)) == 1
            await arrive(None)
            assert len(overstays(town)) == 2

    asyncio.run(main())


def test_a_permit_for_a_tag_lets_off_who_came_with_a_tag_before_it_was_set(town: Any) -> None:
    """The tag itself is kept nowhere, so it may be the one."""

    async def main(tag: str | None) -> int:
        async with town.on():
            await town.stands(MINUTE)
            for listen in town.builder.built.listeners["ultra-1"] if tag else ():
                await listen(Reading("ultra-1", "vehicle_tag", tag, town.mono_s))
            await order(town, kind="permit", tags=["AB"])
            await town.stands(12 * MINUTE)
            return len(overstays(town))

    assert asyncio.run(main("AB")) == 0


def test_a_permit_restarts_the_time_of_nobody_else(town: Any) -> None:
    async def main() -> None:
        async with town.on():
            await town.stands(9 * MINUTE)
            await order(town, kind="permit", tags=["AB"])
            await town.stands(2 * MINUTE)

    asyncio.run(main())
    assert overstays(town) == [(None, None, 10)]


def test_no_tag_of_a_permit_is_told(town: Any) -> None:
    async def main() -> str:
        async with town.on():
            await order(town, kind="permit", tags=["2A00FF01"])
            for listen in town.builder.built.listeners["ultra-1"]:
                await listen(Reading("ultra-1", "vehicle_tag", "2A00FF01", town.mono_s))
            await town.stands(12 * MINUTE)
            return (
                repr([each.data for each in town.told]) + repr(state(town)) + repr(town.parking.status(town.now(), ()))
            )

    assert "2A00FF01" not in asyncio.run(main())


@pytest.mark.parametrize("kind", ["order", "exemption", "permit", "closure"])
def test_a_bay_that_is_not_there_is_told(town: Any, kind: str) -> None:
    more: dict[str, Any] = {"tags": ["AB"]} if kind == "permit" else {}

    async def main() -> str:
        async with town.on():
            return await refused(town, kind=kind, bays=["bay-11"], **more)

    told = asyncio.run(main())
    assert 'there is no [bay.bay-11], and no such group; expected one of "bay-1", "bay-2"' in told
    assert 'did you mean "bay-1"?' in told


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("order", {"rule": "snw"}, 'rule: there is no [rule.snw]; expected one of "snow"'),
        ("order", {"rule": "own-orders"}, "has orders of its own"),
        ("order", {"rule": "buses"}, "has exempt_classes"),
        ("order", {"windows": [{"from": "09:00", "to": "09:00"}]}, 'windows entry 1: from "09:00" to "09:00" is empty'),
        ("order", {"windows": [{"days": ["mon"], "school": "days"}]}, "no school_holidays are listed"),
        ("exemption", {"windows": [{"nth": [1]}]}, "nth needs days"),
        ("permit", {"tags": []}, "tags"),
        ("permit", {"tags": ["AB"], "user": "carer"}, 'no rule of [bay.bay-1] has users "carer"; they have none'),
        ("permit", {"tags": ["AB"], "user": "carr", "bays": ["bay-2"]}, 'did you mean "carer"?'),
    ],
)
def test_what_is_wrong_is_told_in_words(town: Any, kind: str, content: dict[str, Any], words: str) -> None:
    async def main() -> str:
        async with town.on():
            return await refused(town, kind=kind, **content)

    assert words in asyncio.run(main())


ZONE = """
[camera.cam]
source = "/dev/videoX"
[zone.kerb-side]
camera = "cam"
category = "loading"
polygon = [[0, 0], [100, 0], [100, 100]]
"""


@pytest.mark.parametrize("kind", ["order", "exemption", "permit", "closure"])
@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"bays": ["kerb-side"]}, "[zone.kerb-side] is no [bay.NAME] and no group of these"),
        ({"bays": ["lamp-1"]}, "[lamp.lamp-1] is no [bay.NAME] and no group of these"),
        ({"zones": ["kerb-side"]}, "zones: unknown key"),
    ],
)
def test_documents_reach_bays_alone_and_no_zone_of_a_camera(
    town: Any, kind: str, named: dict[str, Any], words: str
) -> None:
    """Whoever sets one for a zone is told so, and nothing is kept."""
    town.config += ZONE
    more: dict[str, Any] = {"tags": ["AB"]} if kind == "permit" else {}

    async def main() -> str:
        async with town.on():
            told = await refused(town, kind=kind, **more, **named)
            assert town.documents.rows() == []
            return told

    assert words in asyncio.run(main())


@pytest.mark.parametrize("kind", ["order", "exemption"])
@pytest.mark.parametrize(
    ("windows", "from_h", "until_h", "holds"),
    [
        ([{"from": "03:00", "to": "06:00"}], 0, 3, False),
        ([{"from": "03:00", "to": "06:00"}], 0, 8, True),
        ([{"from": "03:00", "to": "06:00"}], 9, 30, False),
        ([{"days": ["wed"]}], 0, 72, False),
        ([{"days": ["wed"]}, {"days": ["sun"]}], 0, 72, True),
    ],
)
def test_one_that_never_holds_is_refused(
    town: Any, kind: str, windows: list[dict[str, Any]], from_h: int, until_h: int, holds: bool
) -> None:
    """It is the evening of a Friday."""
    hour = timedelta(hours=1)
    begin, end = town.now_utc + from_h * hour, town.now_utc + until_h * hour

    async def main() -> str:
        async with town.on():
            said = {"bays": ["bay-1"], "windows": windows} | ({"rule": "snow"} if kind == "order" else {})
            try:
                await town.set(kind=kind, name="n", content=said, valid_from=begin if from_h else None, valid_until=end)
            except Refused as error:
                return str(error)
            return ""

    told = asyncio.run(main())
    assert told == "" if holds else told.startswith("none of its hours lies between 2027-01-")


def test_a_bay_is_told_with_its_place_and_what_is_ordered_of_it(town: Any) -> None:
    town.config = town.config.replace(
        'rule = "hour"\n', 'rule = "hour"\nlabel = "at the baker\'s"\nreference = "B-2"\n'
    )

    async def main() -> None:
        async with town.on():
            await town.stands(MINUTE)
            (told,) = [each.data for each in town.told if each.type == "bay.occupied"]
            shown = town.parking.status(town.now(), ())["bays"]
            assert (told["rule"], told["order"], told["limit_s"], told["place"]) == (None, None, 600.0, None)
            assert told["order_digest"] == shown["bay-1"]["ordered"]["order_digest"] == state(town).order_digest
            there = state(town, "bay-2")
            assert (there.place.label, there.place.reference) == ("at the baker's", "B-2")
            assert (there.rule, there.limit_s, there.grace_s, there.limit_applies) == ("hour", 3600.0, 0.0, True)
            assert shown["bay-2"]["ordered"]["place"] == {"label": "at the baker's", "reference": "B-2"}

    asyncio.run(main())


def test_who_comes_back_too_soon_is_told_until_when_nobody_may_and_accused_of_nothing(town: Any) -> None:
    town.config = (
        town.config.replace('limit = "10min"\n', 'rule = "once"\n')
        + '[rule.once]\ncategory = "blue_zone"\nlimit = "2h"\nno_return = "1h"\n'
    )

    async def main() -> list[Any]:
        async with town.on():
            for _ in range(2):
                await town.stands(5 * MINUTE)
                await town.stands(5 * MINUTE, occupied=False)
            town.passes(120 * MINUTE)
            await town.stands(5 * MINUTE)
            return [each.data["no_return_until"] for each in town.told if each.type == "bay.occupied"]

    first, second, third = asyncio.run(main())
    assert (first, third) == (None, None)
    assert second.startswith("2027-01-15T21:05:")
    assert overstays(town) == []


async def tag(pole: Any, told: str) -> None:
    for listen in pole.builder.built.listeners["ultra-1"]:
        await listen(Reading("ultra-1", "vehicle_tag", told, pole.mono_s))


def test_a_permit_goes_on_under_an_order_that_is_set_later(town: Any) -> None:
    async def main() -> None:
        async with town.on():
            await town.set("c1", kind="permit", name="p", content={"bays": ["bay-1"], "tags": ["AB"]})
            await tag(town, "AB")
            await town.stands(MINUTE)
            await order(town, "c2")
            await town.stands(5 * MINUTE)

    asyncio.run(main())
    assert overstays(town) == []


def test_a_tag_that_was_heard_before_an_order_may_be_one_that_its_rule_exempts(town: Any) -> None:
    town.config = town.config.replace('limit = "0s"\n', 'limit = "0s"\nexempt_tags = ["PLOUGH"]\n')

    async def main(told: str | None) -> None:
        async with town.on():
            if told:
                await tag(town, told)
            await town.stands(MINUTE)
            await order(town)
            await town.stands(2 * MINUTE)
            await town.stands(2 * MINUTE, occupied=False)
            await town.documents.withdraw("c2", ("order", "snow-1"))

    asyncio.run(main("OTHER"))
    assert overstays(town) == []
    town.passes(600 * MINUTE)
    asyncio.run(main(None))
    assert [rule for rule, *_ in overstays(town)] == ["snow"]


def test_an_order_that_lifts_a_rule_has_no_limit_in_what_is_told(town: Any) -> None:
    async def main() -> None:
        async with town.on():
            await order(town, kind="exemption")
            await town.stands(MINUTE)
            (told,) = [each.data for each in town.told if each.type == "bay.occupied"]
            assert (told["category"], told["rule"], told["order"], told["limit_s"]) == (None, None, "snow-1", None)
            assert told["limit_applies"] is False

    asyncio.run(main())
