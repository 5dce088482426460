"""The city is told once in a boot that the clock was set, where something was told before."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from stored import promised, said

from agent import clock_set
from agent.clock import Moment
from agent.events import POLE_CLOCK_SET, Event, Priority
from agent.store import Store


class Box:
    """A box whose clock is set when something asks for the time the third time, or was set before.

    Args:
        looks: that find no time.
    """

    def __init__(self, store: Store, looks: int, boot: str = "b2") -> None:
        self.store, self.boot, self.clock, self.config, self.pole = store, boot, self, self, self
        self.id, self._looks = "p1", looks

    def now(self) -> Moment:
        self._looks -= 1
        trusted = self._looks < 0
        return Moment(1.77e9 + 50.0 if trusted else 50.0, 50.0, self.boot, trusted)

    async def state(self, key: str, kind: type[Any]) -> Any:
        return await self.store.load(key, kind) or kind()

    async def commit(self, events: Sequence[Event], states: dict[str, Any]) -> None:
        await self.store.commit(events, states)


def _told(path: Path, looks: int, *boots: str, times: int = 1) -> list[dict[str, Any]]:
    """What was told of the clock; events of these boots were told before without a time."""

    async def main() -> list[dict[str, Any]]:
        async with Store(path / "s.db", max_bytes=1 << 20, boot="b2") as store:
            for boot in boots:
                at = Moment(12.0, 12.0, boot, False)
                await store.commit([Event(type="t", subject="s", at=at, data=said(), priority=Priority.EVENT)], {})
            for _ in range(times):
                context: Any = Box(store, looks)
                await clock_set.tell(context)
            return [promised(row).data for row in await store.position().lease(99) if row.type == POLE_CLOCK_SET]

    return asyncio.run(main())


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_set, "LOOK_S", 0.0)


def test_a_clock_that_is_set_later_is_told_with_what_dates_an_event_of_before(tmp_path: Path) -> None:
    (told,) = _told(tmp_path, 2)
    assert told == {"boot": "b2", "offset_s": 1.77e9}


def test_it_is_told_once_in_a_boot(tmp_path: Path) -> None:
    assert len(_told(tmp_path, 2, times=3)) == 1


def test_where_it_was_set_from_the_start_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert _told(tmp_path, 0, "b1") == []


def test_what_was_told_before_a_restart_is_dated_too(tmp_path: Path) -> None:
    assert len(_told(tmp_path, 0, "b2")) == 1
