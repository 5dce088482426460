"""A store is one pole's."""

import asyncio
from pathlib import Path

import pytest
from msgspec import Struct, structs
from stored import said

from agent.assembly import carried_states
from agent.clock import Moment
from agent.events import Event, Priority
from agent.identity import KEY, Identity, claim, left_behind, topics_key
from agent.store import Store
from agent.uplink.dialects.topics import TopicOptions

GOES_ON = (
    *("bay/b1", "day/2026-11-22/b1", "figures", "figures/place", "sensor/s1", "lamp/l1", "monitor/l1", "zone/z1"),
    *("meter/m1", "device/s1", "identities", "document/closure/works", "documents"),
)
STAYS = ("retained", "kerb", "certificates", "command/c-1", "old_topics/0")
ROUEN, EVREUX = Identity("rouen", "p17"), Identity("evreux", "p9")


class Stay(Struct, frozen=True):
    since: float = 0.0


def store(path: Path) -> Store:
    return Store(path / "pole.db", max_bytes=1 << 22, boot="b")


def stay() -> Event:
    at = Moment(1.8e9, 1.0, "b", True)
    return Event(type="bay.occupied", subject="b1", at=at, data=said(), priority=Priority.EVENT)


def test_nothing_of_one_pole_is_in_the_store_of_another(tmp_path: Path) -> None:
    async def main() -> None:
        async with store(tmp_path) as here:
            await claim(here, ROUEN)
            await here.commit([stay()], {"bay/b1": Stay(5.0)})
        async with store(tmp_path) as here:
            await claim(here, EVREUX)
            assert here.depth() == 0 and await here.position().lease(10) == []
            assert await here.load("bay/b1", Stay) is None
            assert await here.load(KEY, Identity) == EVREUX
            await here.commit([stay()], {})
        (left,) = left_behind(tmp_path / "pole.db")
        assert left.name == "pole.db.of-rouen.p17"
        async with Store(left, max_bytes=1 << 22, boot="b") as before:
            assert before.depth() == 1
            assert await before.load("bay/b1", Stay) == Stay(5.0)
            assert await before.load(KEY, Identity) == ROUEN

    asyncio.run(main())


def test_a_pole_that_is_renamed_takes_what_is_its_devices_along(tmp_path: Path) -> None:
    renamed = Identity("rouen", "p18")

    async def main() -> None:
        async with store(tmp_path) as here:
            await claim(here, ROUEN)
            await here.commit([stay()], {key: Stay(n) for n, key in enumerate((*GOES_ON, *STAYS))})
        async with store(tmp_path) as here:
            await claim(here, renamed, "p17", carried_states())
            assert here.depth() == 0, "the events of the old name are told under it"
            assert await kept(here) == {*GOES_ON, KEY}
            assert await here.load("bay/b1", Stay) == Stay(0)
            await here.commit([], {"bay/b1": Stay(8.0)})
            await claim(here, renamed, "p17", carried_states())
            assert await here.load("bay/b1", Stay) == Stay(8.0)

    asyncio.run(main())


def test_what_is_carried_along_is_of_the_pole_and_not_of_its_name() -> None:
    begins = tuple(carried_states())
    assert {key for key in (*GOES_ON, *STAYS) if key.startswith(begins)} == set(GOES_ON)


def test_a_pole_that_is_killed_while_it_is_renamed_takes_it_along_at_the_next_start(tmp_path: Path) -> None:
    async def main() -> None:
        async with store(tmp_path) as here:
            await claim(here, ROUEN)
            await here.commit([], {"bay/b1": Stay(5.0), "document/closure/works": Stay(6.0)})
            await here.set_aside(tmp_path / "pole.db.of-rouen.p17")
        async with store(tmp_path) as here:
            await claim(here, Identity("rouen", "p18"), "p17", carried_states())
            assert await kept(here) == {"bay/b1", "document/closure/works", KEY}

    asyncio.run(main())


def test_of_one_that_was_renamed_back_and_forth_the_newest_goes_on(tmp_path: Path) -> None:
    async def main() -> None:
        async with store(tmp_path) as here:
            await claim(here, ROUEN)
            for n in range(12):
                name, before = ("p18", "p17") if n % 2 == 0 else ("p17", "p18")
                await here.commit([], {"bay/b1": Stay(n)})
                await claim(here, Identity("rouen", name), before, carried_states())
                assert await here.load("bay/b1", Stay) == Stay(n)

    asyncio.run(main())


def test_an_old_store_that_cannot_be_read_keeps_no_pole_from_its_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "pole.db.of-rouen.p17").write_bytes(b"no store" * 100)

    async def main() -> None:
        async with store(tmp_path) as here:
            await claim(here, Identity("rouen", "p18"), "p17", carried_states())
            assert await kept(here) == {KEY}

    asyncio.run(main())
    assert "what the devices of rouen/p17 had is not taken along" in caplog.text


def test_topics_under_which_a_pole_spoke_are_noted_until_they_are_cleared(tmp_path: Path) -> None:
    other = TopicOptions(state="town/{pole}/{device}")

    async def main() -> None:
        async with store(tmp_path) as here:
            await claim(here, ROUEN)
            await claim(here, structs.replace(ROUEN, topics=other))
            assert await kept(here) == {KEY, topics_key(TopicOptions())}
            assert await here.load(topics_key(TopicOptions()), TopicOptions) == TopicOptions()
            await claim(here, ROUEN)
            assert await kept(here) == {KEY, topics_key(other)}, "those that are in use are not old"

    asyncio.run(main())


async def kept(here: Store) -> set[str]:
    """Keys of states, without what the file knows of itself."""
    return {key for key in await here.keys("") if not key.startswith("store.")}


def test_a_pole_that_was_another_one_takes_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with store(tmp_path) as here:
            await claim(here, ROUEN)
            await here.commit([], {"bay/b1": Stay(5.0)})
            await claim(here, Identity("evreux", "p17"), "p17", carried_states())
            assert await here.load("bay/b1", Stay) is None

    asyncio.run(main())


def test_the_same_pole_goes_on_and_one_of_before_names_is_taken_for_its_own(tmp_path: Path) -> None:
    async def main() -> None:
        async with store(tmp_path) as here:
            await here.commit([stay()], {"bay/b1": Stay(5.0)})
            await claim(here, ROUEN)
            await claim(here, ROUEN)
            assert here.depth() == 1
            assert await here.load("bay/b1", Stay) == Stay(5.0)

    asyncio.run(main())
    assert left_behind(tmp_path / "pole.db") == []


def test_what_lies_there_of_an_earlier_move_stays(tmp_path: Path) -> None:
    async def main() -> None:
        async with store(tmp_path) as here:
            for each in (ROUEN, EVREUX, ROUEN, EVREUX, ROUEN):
                await claim(here, each)
                await here.commit([stay()], {})

    asyncio.run(main())
    for beside in (".archived", ".schema-1", "-wal", ".lock", ".2.corrupt"):
        (tmp_path / f"pole.db.of-rouen.p17{beside}").touch()
    assert [each.name for each in left_behind(tmp_path / "pole.db")] == [
        "pole.db.of-evreux.p9",
        "pole.db.of-evreux.p9.2",
        "pole.db.of-rouen.p17",
        "pole.db.of-rouen.p17.2",
    ]
