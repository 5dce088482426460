"""Identities are made once, and go over to a new name with the states of what had the old one."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from msgspec import Raw, Struct

from agent.assembly import state_keys
from agent.config.schema import Config
from agent.events import Event
from agent.places import Places, identities, open_places
from agent.places.identities import KEY, Identities, identities_after
from agent.store import Store, StoreError
from agent.telemetry import DeviceState
from agent.trades.lighting.control.lamp_state import LampState
from agent.trades.parking.statistics import DayLog
from agent.trades.parking.stays.state import BayState

Bays = Callable[[Mapping[str, str | None]], Config]


class Document(Struct, frozen=True):
    name: str


class FullStore(Store):
    async def commit(self, events: Sequence[Event], states: Mapping[str, Struct | Raw | None]) -> None:
        raise StoreError(self.path, "the disk is full")


class Pole:
    """A store, and a pole that starts on it."""

    def __init__(self, file: Path, bays: Bays) -> None:
        self.file, self._bays = file, bays
        self._made = itertools.count(1)

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        async with Store(self.file, max_bytes=1 << 24, boot="boot") as store:
            yield store

    async def start(self, **names: str | None) -> dict[str, str | None]:
        """The UUIDs of the bays."""
        config = self._bays({name.replace("_", "-"): formerly for name, formerly in names.items()})
        async with self.store() as store:
            found = await open_places(config, store, state_keys(), lambda: f"uuid-{next(self._made)}")
        return bays_of(found)

    async def put(self, **states: Struct) -> None:
        async with self.store() as store:
            await store.commit((), {key.replace("__", "/").replace("_", "-"): each for key, each in states.items()})

    async def keys(self) -> set[str]:
        async with self.store() as store:
            return {key for key in await store.keys("") if not key.startswith("store.")} - {KEY}


def bays_of(places: Places) -> dict[str, str | None]:
    return {name: place.uuid for name, place in places.places.items() if place.kind == "bay"}


@pytest.fixture
def pole(tmp_path: Path, bays: Bays) -> Pole:
    return Pole(tmp_path / "lamppost.db", bays)


def test_an_identity_is_made_once(pole: Pole) -> None:
    async def story() -> None:
        first = await pole.start(b1=None, b2=None)
        assert None not in first.values()
        assert len(set(first.values())) == 2
        assert await pole.start(b1=None, b2=None) == first
        both = await pole.start(b2=None, b3=None)
        assert both["b2"] == first["b2"]
        assert both["b3"] not in first.values()
        assert (await pole.start(b1=None))["b1"] == first["b1"], "it comes back"

    asyncio.run(story())


def test_it_is_a_random_uuid(pole: Pole, bays: Bays) -> None:
    async def story() -> str | None:
        async with pole.store() as store:
            return (await open_places(bays({"b1": None}), store, {})).places["pole-1"].uuid

    uuid = UUID(asyncio.run(story()))
    assert uuid.version == 4


def test_a_rename_carries_identity_and_states_over_once(pole: Pole) -> None:
    stay, lamp = BayState(occupied=True), LampState(level_percent=40.0)

    async def story() -> None:
        first = await pole.start(old=None, other=None)
        kept = {"bay__old": stay, "day__2026_11_25__old": DayLog("occupied"), "bay__other": BayState(occupied=False)}
        await pole.put(**kept, lamp__old=lamp, device__old=DeviceState(), document__program__old=Document("old"))
        renamed = await pole.start(new="old", other=None)
        assert renamed == {"new": first["old"], "other": first["other"]}
        assert await pole.keys() == {
            "bay/new", "day/2026-11-25/new", "bay/other", "device/new",
            "lamp/old", "document/program/old",  # of what has another kind, or is no device
        }  # fmt: skip
        async with pole.store() as store:
            assert await store.load("bay/new", BayState) == stay
        await pole.put(bay__new=BayState(occupied=False), bay__old=stay)
        assert await pole.start(new="old", other=None) == renamed
        async with pole.store() as store:
            assert await store.load("bay/new", BayState) == BayState(occupied=False), "the same word again does nothing"
        assert (await pole.start(new=None, other=None)) == renamed

    asyncio.run(story())


def test_states_of_a_time_before_identities_are_carried_over_too(pole: Pole) -> None:
    async def story() -> None:
        await pole.put(bay__old=BayState(occupied=True), bay__taken=BayState(occupied=True), bay__now=BayState())
        await pole.start(new="old", now="taken")
        assert await pole.keys() == {"bay/new", "bay/now", "bay/taken"}, "what the new name has is newer"

    asyncio.run(story())


def test_a_rename_to_a_name_that_something_else_had_is_refused(pole: Pole, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        first = await pole.start(b1=None, b2=None)
        await pole.put(bay__b1=BayState(occupied=True), bay__b2=BayState(occupied=False))
        assert await pole.start(b2="b1") == {"b2": first["b2"]}
        assert await pole.keys() == {"bay/b1", "bay/b2"}

    asyncio.run(story())
    (line,) = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert line == 'bay/b2 is not taken for what was bay/b1: both were there before; remove "formerly"'


def test_a_name_that_was_given_up_long_ago_may_be_given_again(pole: Pole) -> None:
    async def story() -> None:
        first = await pole.start(b1=None, b2=None)
        await pole.start(b1=None)
        assert await pole.start(b2="b1") == {"b2": first["b1"]}
        assert (await pole.start(b1="b2")) == {"b1": first["b1"]}, "and back"

    asyncio.run(story())


def test_a_former_name_that_nobody_knows_is_no_identity(pole: Pole) -> None:
    async def story() -> None:
        first = await pole.start(b1=None)
        assert (await pole.start(b1=None, b2="never"))["b2"] not in first.values()

    asyncio.run(story())


def test_promise_a_former_name_that_nobody_knows_is_told(pole: Pole, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        await pole.start(a=None, b1=None)
        await pole.start(c="b", b1=None)
        await pole.start(c="b", b1=None)

    asyncio.run(story())
    (line,) = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert line == (
        '[bay.c] formerly: nothing is known of "b", and its identity and states begin anew; known, and in no table: "a"'
    )


def test_a_former_name_that_a_table_of_another_kind_has_is_told_as_that(
    pole: Pole, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        await pole.start(a=None)
        await pole.start(a=None, c="s-0")

    asyncio.run(story())
    (line,) = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert line == '[bay.c] formerly: "s-0" is the name of [sensor.s-0]; its identity and states begin anew'


def test_a_former_name_is_no_news_where_nothing_is_known_or_the_name_itself_is(
    pole: Pole, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        await pole.start(c="b")
        await pole.start(d="c")
        await pole.start(c="b")

    asyncio.run(story())
    assert [each.getMessage() for each in caplog.records if each.levelname == "WARNING"] == []


def test_on_a_disk_that_refuses_what_is_new_is_told_without(
    pole: Pole, bays: Bays, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        first = await pole.start(b1=None)
        async with FullStore(pole.file, max_bytes=1 << 24, boot="boot") as store:
            found = await open_places(bays({"b1": None, "b2": None}), store, state_keys())
        assert bays_of(found) == first | {"b2": None}

    asyncio.run(story())
    assert any("identities of places are not written" in each.getMessage() for each in caplog.records)


def test_of_what_is_gone_some_are_kept(bays: Bays, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identities, "REMEMBERED", 2)
    before = Identities({f"bay/{name}": name for name in "abcde"}, ("bay/e",))
    after, renamed = identities_after(before, bays({"b9": None, "a": None}), lambda: "new")
    assert not renamed
    assert list(after.uuids)[:2] == ["bay/d", "bay/e"]
    assert after.uuids["bay/a"] == "a"
    assert set(after.present) == {"pole/pole-1", "sensor/s-0", "bay/b9", "sensor/s-1", "bay/a"}


def test_promise_a_configuration_from_before_a_rename_finds_all_as_it_was(pole: Pole) -> None:
    stay = BayState(occupied=True)

    async def story() -> None:
        first = await pole.start(b1=None, b2=None)
        await pole.put(bay__b1=stay, day__2026_11_25__b1=DayLog("occupied"))
        await pole.start(new="b1", b2=None)
        assert await pole.start(b1=None, b2=None) == first
        assert await pole.keys() == {"bay/b1", "day/2026-11-25/b1"}
        await pole.start(new="b1", b2=None)
        await pole.start(newer="new", b2=None)
        assert await pole.start(b1=None, b2=None) == first, "two renames back"
        assert await pole.start(newer="new", b2=None) != first
        assert await pole.keys() == {"bay/b1", "day/2026-11-25/b1"}, "nobody says that it was b1"

    asyncio.run(story())


def test_what_gets_a_former_name_of_what_is_still_there_is_another(pole: Pole) -> None:
    async def story() -> None:
        first = await pole.start(b1=None)
        await pole.start(new="b1")
        both = await pole.start(new=None, b1=None)
        assert both["new"] == first["b1"] and both["b1"] not in first.values()
        assert await pole.start(b1=None) == {"b1": both["b1"]}, "its own"

    asyncio.run(story())


def test_former_names_go_with_what_had_them_and_are_bounded(bays: Bays) -> None:
    known = Identities()
    for at in range(20):
        known, _ = identities_after(known, bays({f"b{at}": f"b{at - 1}" if at else None}), lambda: "new")
    assert known.former["bay/b19"] == tuple(f"bay/b{at}" for at in range(18, 10, -1))
    gone, _ = identities_after(known, bays({"other": None}), lambda: "new")
    assert gone.former == {}
