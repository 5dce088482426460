"""Events to fill a store with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.clock import Moment
from agent.events import Event, Priority
from agent.store import Store

BOOT = "boot-1"
MakeEvent = Callable[..., Event]


@pytest.fixture
def event() -> MakeEvent:
    """Makes the n-th event, n seconds after a fixed moment."""

    def make(
        n: int = 0, priority: Priority = Priority.EVENT, trusted: bool = True, boot: str = BOOT, **data: Any
    ) -> Event:
        at = Moment(1_770_000_000.0 + n, 100.0 + n, boot, trusted)
        return Event(type="bay.occupied", subject=f"bay-{n}", at=at, data={"n": n, **data}, priority=priority)

    return make


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lamppost.db"


@pytest.fixture
def make_store(path: Path) -> Callable[..., Store]:
    def make(max_bytes: int = 1 << 26, boot: str = BOOT) -> Store:
        return Store(path, max_bytes=max_bytes, boot=boot)

    return make
