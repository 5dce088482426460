"""A store is one pole's."""

import asyncio
from pathlib import Path

from msgspec import Struct
from stored import said

from agent.assembly import carried_states
from agent.clock import Moment
from agent.events import Event, Priority
from agent.identity import KEY, Identity, claim, left_behind
from agent.store import Store

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
            assert here.depth() == 0 and await here.lease(10) == []
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
            await here.commit([stay()], {"bay/b1": Stay(5.0), "identities": Stay(6.0), "retained": Stay(7.0)})
        async with store(tmp_path) as here:
            await claim(here, renamed, "p17", carried_states())
            assert here.depth() == 0, "the events of the old name are told under it"
            assert await here.load("bay/b1", Stay) == Stay(5.0)
            assert await here.load("identities", Stay) == Stay(6.0)
            assert await here.load("retained", Stay) is None
            await here.commit([], {"bay/b1": Stay(8.0)})
            await claim(here, renamed, "p17", carried_states())
            assert await here.load("bay/b1", Stay) == Stay(8.0)

    asyncio.run(main())


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
