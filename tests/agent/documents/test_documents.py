"""What the city sets: in force in time, kept across restarts, ended by itself, and nothing lost on the way."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec.structs import replace
from patience import PATIENCE_S

from agent.documents.build import kinds_of
from agent.documents.document import PREFIX
from agent.documents.errors import NotApplied, Refused
from agent.documents.shelf import MAX_DOCUMENTS
from agent.store import StoreError
from agent.trades.lighting.part import LightingPart
from agent.trades.registry import TRADES

HOUR = timedelta(hours=1)
KINDS = kinds_of(TRADES)
GROUPS = """
[group.mall]
kind = "lighting"
members = ["lamp-1", "lamp-2"]
[group.market]
kind = "parking"
members = ["bay-1", "bay-2"]
"""


def lived(pole: Any, *lives: Callable[[], Awaitable[None]]) -> None:
    """Each from a start of the daemon to its end."""

    async def main() -> None:
        for life in lives:
            async with pole.on():
                await life()

    asyncio.run(main())


def test_it_holds_at_once_survives_a_restart_and_ends_by_itself(pole: Any) -> None:
    async def first() -> None:
        assert pole.level().level_percent == 50
        told = await pole.set()
        assert (told["revision"], told["state"], told["in_force"]) == (1, "in_force", True)
        assert told["valid_until"] == "2027-01-15T23:00:00.000Z"
        assert pole.level().level_percent == 80

    async def second() -> None:
        pole.passes(2 * HOUR)
        assert await pole.documents.look() == 5.0
        assert pole.level().level_percent == 80
        pole.passes(HOUR - timedelta(seconds=2))
        assert await pole.documents.look() == 2.0
        pole.passes(timedelta(seconds=2))
        assert await pole.documents.look() is None
        assert (pole.level().level_percent, pole.documents.rows()) == (50, [])
        assert await pole.store.keys(PREFIX) == {}

    lived(pole, first, second)
    assert pole.states() == [("set", "fair", 1, True), ("expired", "fair", 1, False)]


def test_it_begins_when_it_was_to(pole: Any) -> None:
    async def life() -> None:
        told = await pole.set(valid_from=pole.now_utc + HOUR)
        assert (told["state"], told["in_force"], pole.level().level_percent) == ("waiting", False, 50)
        pole.passes(HOUR)
        await pole.documents.look()
        assert (pole.level().level_percent, pole.documents.rows()[0]["state"]) == (80, "in_force")

    lived(pole, life)
    assert pole.states() == [("set", "fair", 1, False), ("begun", "fair", 1, True)]


def test_what_began_and_ended_while_the_pole_was_off_is_told(pole: Any) -> None:
    async def first() -> None:
        await pole.set("c1", name="one", valid_from=pole.now_utc + HOUR)
        await pole.set("c2", name="two", valid_from=pole.now_utc + HOUR, valid_until=pole.now_utc + 9 * HOUR)
        pole.passes(5 * HOUR)

    async def second() -> None:
        assert [each["name"] for each in pole.documents.rows()] == ["two"]

    lived(pole, first, second)
    assert pole.states()[2:] == [("expired", "one", 1, False), ("begun", "two", 1, True)]


def test_what_is_set_again_replaces_and_can_give_way_again(pole: Any) -> None:
    async def life() -> None:
        await pole.set("c1")
        assert (await pole.set("c2", content={"level_percent": 30}))["revision"] == 2
        assert (pole.level().level_percent, pole.level("lamp-2").level_percent) == (30, 30)
        assert (await pole.documents.revert("c3", ("lighting-exception", "fair")))["revision"] == 3
        assert (pole.level().level_percent, pole.level("lamp-2").level_percent) == (80, 70)
        assert pole.documents.one(("lighting-exception", "fair"))["before"]["revision"] == 2
        told = await pole.documents.withdraw("c4", ("lighting-exception", "fair"))
        assert (told["state"], told["in_force"], pole.level().level_percent) == ("withdrawn", False, 50)
        with pytest.raises(Refused, match='no document "lighting-exception/fair"'):
            await pole.documents.withdraw("c5", ("lighting-exception", "fair"))

    lived(pole, life)
    assert [state for state, *_ in pole.states()] == ["set", "set", "reverted", "withdrawn"]


def test_what_is_over_is_told_before_its_name_is_taken_again(pole: Any) -> None:
    async def life() -> None:
        await pole.set("c1")
        pole.passes(4 * HOUR)
        assert (await pole.set("c2"))["revision"] == 1

    lived(pole, life)
    assert pole.states() == [("set", "fair", 1, True), ("expired", "fair", 1, False), ("set", "fair", 1, True)]


def test_a_group_stands_for_its_members(pole: Any) -> None:
    async def life() -> None:
        await pole.set(content={"lamps": ["mall", "lamp-1"], "level_percent": 30})
        assert (pole.level().level_percent, pole.level("lamp-2").level_percent) == (30, 30)
        await pole.close("c2", content={"bays": ["market"]})
        assert pole.parking.closed == {"bay-1", "bay-2"}
        with pytest.raises(Refused, match="no group of these"):
            await pole.close("c3", content={"bays": ["mall"]})

    pole.config += GROUPS
    lived(pole, life)


def test_nothing_gives_way_to_what_is_over(pole: Any) -> None:
    async def life() -> None:
        await pole.set("c1")
        with pytest.raises(Refused, match="replaced no other"):
            await pole.documents.revert("c2", ("lighting-exception", "fair"))
        await pole.set("c3", valid_until=pole.now_utc + 9 * HOUR)
        pole.passes(4 * HOUR)
        with pytest.raises(Refused, match="has passed"):
            await pole.documents.revert("c4", ("lighting-exception", "fair"))
        assert pole.documents.rows()[0]["revision"] == 2

    lived(pole, life)


def test_the_same_command_is_answered_and_not_repeated_after_a_kill(pole: Any) -> None:
    answers = []

    async def first() -> None:
        answers.append(await pole.set("c1"))

    async def second() -> None:
        answers.append(await pole.set("c1"))
        answers.append(await pole.documents.withdraw("c2", ("lighting-exception", "fair")))

    async def third() -> None:
        answers.append(await pole.documents.withdraw("c2", ("lighting-exception", "fair")))

    lived(pole, first, second, third)
    assert answers[0] == answers[1]
    assert answers[2] == answers[3]
    assert [state for state, *_ in pole.states()] == ["set", "withdrawn"]


def test_two_that_come_at_once_are_two_revisions(pole: Any) -> None:
    async def life() -> None:
        told = await asyncio.gather(*(pole.set(f"c{at}", content={"level_percent": at}) for at in (20, 30)))
        assert [each["revision"] for each in told] == [1, 2]
        assert pole.level().level_percent == 30

    lived(pole, life)


@pytest.mark.parametrize(
    ("times", "wrong"),
    [
        ({"from": "23h", "to": "light"}, ["from", "to"]),
        ({"from": "5pm"}, ["from", "to"]),
        ({"to": "dark"}, ["from", "to"]),
    ],
)
def test_what_is_wrong_with_either_end_of_the_night_is_told_at_once(
    pole: Any, times: dict[str, str], wrong: list[str]
) -> None:
    async def life() -> None:
        with pytest.raises(Refused) as refused:
            await pole.set(content={"level_percent": 5} | times)
        told = str(refused.value).split("\n")
        assert [each.removeprefix("[lighting-exception.fair] ").split(":")[0] for each in told] == wrong

    lived(pole, life)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"kind": "closur"}, '"closur" is no kind of document; expected one of "closure", "order", "exemption", '
         '"permit", "lighting-exception", "lighting-group", "lighting-calendar", "lighting-program"; '
         'did you mean "closure"?'),
        ({"content": {"lamps": ["lamp-11"], "level_percent": 5}}, "[lighting-exception.fair] lamps entry 1: there is "
         'no [lamp.lamp-11], and no such group; expected one of "lamp-1", "lamp-2"; did you mean "lamp-1"?'),
        ({"content": {"level_percent": 120}}, "[lighting-exception.fair] level_percent: 120 is out of range; "
         "expected 0 to 100 %"),
        ({"content": {}}, "[lighting-exception.fair] level_percent: is missing; expected 0 to 100 %"),
        ({"content": {"level_percent": 5, "lamp": ["lamp-1"]}}, "[lighting-exception.fair] lamp: unknown key; expected "
         'one of "level_percent", "lamps", "from", "to"; did you mean "lamps"?'),
        ({"content": {"level_percent": 5, "from": "22:00"}}, "[lighting-exception.fair] to: is missing; "
         "expected both ends of the night, or neither"),
        ({"content": {"level_percent": 5, "from": "dark", "to": "23:00"}}, '[lighting-exception.fair] from: "dark" is '
         'told by a photocell; expected a sun event or a local time, for example "sunset" or "23:00"'),
        ({"content": {"level_percent": 5, "from": "25:00", "to": "06:00"}}, '[lighting-exception.fair] from: "25:00" '
         "is neither a sun event nor a time"),
        ({"content": {"level_percent": 5, "from": "23:00", "to": "5h"}}, '[lighting-exception.fair] to: "5h" is no '
         'local time; write "05:00"'),
        ({"kind": "closure", "content": {"bays": ["bay-3"]}}, "[closure.fair] bays entry 1: there is no [bay.bay-3], "
         'and no such group; expected one of "bay-1", "bay-2"; did you mean "bay-2"?'),
        ({"kind": "closure", "content": {"bays": ["bay-1", "bay-2", "bay-1"]}}, "[closure.fair] bays entry 3: "
         '"bay-1" stands there twice'),
        ({"content": {"level_percent": 5, "lamps": ["lamp-1", "lamp-1"]}}, "[lighting-exception.fair] lamps entry 2: "
         '"lamp-1" stands there twice'),
        ({"kind": "closure", "content": {"bays": []}}, "[closure.fair] bays: [] is a list of 0"),
        ({"valid_until": datetime(2027, 1, 15, 20, tzinfo=UTC)}, "valid_until: 2027-01-15T20:00:00.000Z has passed"),
        ({"valid_from": datetime(2027, 1, 16, 20, tzinfo=UTC)}, "valid_until: it is not after valid_from, "
         "2027-01-16T20:00:00.000Z"),
        ({"valid_until": datetime(2028, 1, 17, tzinfo=UTC)}, "valid_until: a document holds for 366 d at most"),
        ({"valid_until": datetime(9999, 12, 31, 23, tzinfo=timezone(-12 * HOUR))},
         "valid_from or valid_until is no time that can be"),
        ({"content": {"level_percent": 5, "lamps": ["x" * 17_000]}}, "the content has 17"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_in_the_words_of_the_file_and_changes_nothing(
    pole: Any, more: dict[str, Any], said: str
) -> None:
    async def life() -> None:
        with pytest.raises(Refused) as refused:
            await pole.set(**more)
        assert str(refused.value).startswith(said)
        assert "\n" not in str(refused.value)
        assert await pole.store.keys(PREFIX) == {}
        assert (pole.documents.rows(), pole.states()) == ([], [])

    lived(pole, life)


def test_all_that_is_wrong_is_told_at_once(pole: Any) -> None:
    async def life() -> None:
        with pytest.raises(Refused) as refused:
            await pole.set(content={"lamps": ["lamp-9", "lamp-8"], "level_percent": 5, "from": "22:00"})
        assert len(str(refused.value).splitlines()) == 3

    lived(pole, life)


def test_there_are_not_too_many(pole: Any) -> None:
    async def life() -> None:
        for at in range(MAX_DOCUMENTS):
            await pole.set(f"c{at}", name=f"d{at}")
        with pytest.raises(Refused, match="keeps 200 documents"):
            await pole.set("more", name="more")
        assert (await pole.set("again", name="d0"))["revision"] == 2

    lived(pole, life)


def test_a_disk_that_refuses_leaves_all_as_it_was(pole: Any) -> None:
    async def life() -> None:
        await pole.set("c1")
        pole.refuses = True
        with pytest.raises(StoreError):
            await pole.set("c2", content={"level_percent": 30})
        with pytest.raises(StoreError):
            await pole.documents.withdraw("c3", ("lighting-exception", "fair"))
        assert (pole.level().level_percent, pole.documents.rows()[0]["revision"]) == (80, 1)
        pole.refuses = False
        assert (await pole.set("c2", content={"level_percent": 30}))["revision"] == 2

    lived(pole, life)


def test_what_is_over_ends_on_a_disk_that_refuses_and_is_told_later(pole: Any) -> None:
    async def life() -> None:
        await pole.set()
        pole.passes(4 * HOUR)
        pole.refuses = True
        assert await pole.documents.look() == 5.0
        assert pole.level().level_percent == 50
        assert pole.states()[1:] == []
        pole.refuses = False
        assert await pole.documents.look() is None

    lived(pole, life)
    assert pole.states()[1:] == [("expired", "fair", 1, False)]


def test_while_the_clock_is_not_set_nothing_begins_and_nothing_ends(pole: Any) -> None:
    async def first() -> None:
        await pole.close("c1", name="now")
        await pole.close("c2", name="later", content={"bays": ["bay-2"]}, valid_from=pole.now_utc + HOUR)

    async def second() -> None:
        assert pole.parking.closed == {"bay-1"}
        pole.passes(9 * HOUR)
        assert await pole.documents.look() == 5.0
        assert pole.parking.closed == {"bay-1"}
        told = await pole.close("c3", name="new", content={"bays": ["bay-2"]}, valid_until=pole.now_utc + HOUR)
        assert told["in_force"], "one without a beginning holds at once"
        with pytest.raises(Refused, match="has passed"):
            await pole.close("c4", valid_until=datetime(2020, 1, 1, tzinfo=UTC))
        pole.trusted = True
        await pole.documents.look()
        assert pole.parking.closed == {"bay-2"}

    async def reboot() -> None:
        pole.boot, pole.trusted, pole.mono_s = "b2", False, 10.0

    lived(pole, first, reboot)
    lived(pole, second)


def test_what_fits_the_configuration_no_more_is_kept_and_told(pole: Any) -> None:
    async def first() -> None:
        await pole.set("c1")
        await pole.close("c2")

    async def second() -> None:
        works, fair = pole.documents.rows()
        assert (works["state"], fair["state"]) == ("in_force", "refused")
        assert fair["problem"].startswith("[lighting-exception.fair] lamps entry 1: there is no [lamp.lamp-1]")
        assert pole.level("lamp-2").level_percent == 70

    async def third() -> None:
        assert pole.documents.rows()[1]["state"] == "in_force"
        assert pole.level().level_percent == 80

    whole = pole.config
    lived(pole, first)
    before, lamp, after = whole.partition("[lamp.lamp-1]")
    pole.config = before + "[lamp.lamp-2]" + after.partition("[lamp.lamp-2]")[2]
    lived(pole, second, second)
    pole.config = whole
    lived(pole, third)
    assert lamp
    assert pole.states()[2:] == [("refused", "fair", 1, False), ("begun", "fair", 1, True)]


def test_a_place_that_has_another_name_is_closed_as_before(pole: Any) -> None:
    """Nobody in a closed bay is accused because the bay was renamed."""

    async def first() -> None:
        await pole.close("c1", content={"bays": ["bay-1"]})
        await pole.set("c2", content={"lamps": ["lamp-1"], "level_percent": 80})

    async def second() -> None:
        assert pole.parking.closed == {"market-1"}
        assert pole.level("porch").level_percent == 80
        assert {row["state"] for row in pole.documents.rows()} == {"in_force"}

    lived(pole, first)
    renamed = pole.config.replace("[bay.bay-1]", '[bay.market-1]\nformerly = "bay-1"')
    pole.config = renamed.replace("[lamp.lamp-1]", '[lamp.porch]\nformerly = "lamp-1"')
    lived(pole, second)


def test_what_is_built_anew_is_handed_what_holds(pole: Any) -> None:
    async def life() -> None:
        await pole.set()
        pole.builder.built.part(LightingPart).dated = {}
        await pole.documents.look()
        assert pole.level().level_percent == 50
        await pole.documents.follow()
        assert pole.level().level_percent == 80

    lived(pole, life)


def test_a_defect_of_one_kind_is_told_and_costs_no_other(pole: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def defect(built: object, config: object, documents: Sequence[object]) -> None:
        if documents:
            raise ZeroDivisionError

    async def main() -> None:
        spoilt = replace(KINDS["lighting-exception"], apply=defect)
        async with pole.on(KINDS | {spoilt.name: spoilt}):
            with pytest.raises(NotApplied, match="a defect of lamppost"):
                await pole.set("c1")
            assert (await pole.close("c2"))["in_force"]
            assert pole.parking.closed == {"bay-1"}
            assert pole.isolation.names == ["documents/lighting-exception"]
        async with pole.on():
            assert pole.level().level_percent == 80

    asyncio.run(main())
    assert "documents/lighting-exception failed by a defect" in caplog.text


def test_it_is_looked_after_while_it_runs(pole: Any) -> None:
    async def life() -> None:
        running = asyncio.create_task(pole.documents.run())
        await pole.set(valid_until=pole.now_utc + timedelta(milliseconds=20))
        pole.passes(timedelta(milliseconds=20))
        async with asyncio.timeout(PATIENCE_S):
            while pole.documents.rows():
                await asyncio.sleep(0.005)
        running.cancel()
        await asyncio.wait([running])

    lived(pole, life)
    assert pole.level().level_percent == 50
