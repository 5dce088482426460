"""Events to fill a store with, files to put them in, and a disk that refuses."""

import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from stored import said

from agent.clock import Moment
from agent.events import Event, Priority
from agent.store import Store

BOOT = "boot-1"
MakeEvent = Callable[..., Event]


@pytest.fixture
def event() -> MakeEvent:
    """Makes the n-th event, n seconds after a fixed moment; of a trusted time only the wall clock's is stored."""

    def make(
        n: int = 0, priority: Priority = Priority.EVENT, trusted: bool = True, boot: str = BOOT, **data: Any
    ) -> Event:
        at = Moment(1_770_000_000.0 + n, *((0.0, "") if trusted else (100.0 + n, boot)), trusted)
        return Event(type="bay.occupied", subject=f"bay-{n}", at=at, data=said(n=n, **data), priority=priority)

    return make


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lamppost.db"


@pytest.fixture
def connect() -> Iterator[Callable[..., sqlite3.Connection]]:
    """Opens a database that is closed after the test; Python 3.13 warns of one that is not."""
    with ExitStack() as opened:
        yield lambda *where, **options: opened.enter_context(closing(sqlite3.connect(*where, **options)))


@pytest.fixture
def make_store(path: Path) -> Callable[..., Store]:
    def make(max_bytes: int = 1 << 26, boot: str = BOOT, **bounds: float) -> Store:
        return Store(path, max_bytes=max_bytes, boot=boot, **bounds)

    return make


@pytest.fixture
def disk_refuses() -> Callable[..., AbstractContextManager[None]]:
    """The kernel refuses to write beyond a byte; 4096 after the end where none is given, as on a nearly full disk."""

    @contextmanager
    def refuse(path: Path, beyond: int | None = None) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        largest_bytes = max(file.stat().st_size for file in (path, path.with_name(f"{path.name}-wal")))
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_bytes + 4096 if beyond is None else beyond, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return refuse
