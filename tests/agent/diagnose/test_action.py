"""pole.diagnose: everything at once, within bounds."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec import json

from agent.clock import SystemClock
from agent.commands import Nothing, PoleOrder
from agent.commands.outcomes import MAX_DATA_BYTES
from agent.diagnose import Diagnose, LogTail
from agent.diagnose.log_tail import LINE_CHARACTERS, LINES
from drivers.base import Outcome

log = logging.getLogger("diagnosed")


@pytest.fixture
def tail() -> Iterator[LogTail]:
    handler = LogTail()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def diagnose(folder: Path, status: Mapping[str, Any], *files: str) -> Outcome:
    async def answer() -> Mapping[str, Any]:
        return status

    action = Diagnose(answer, SystemClock("rtc"), folder / "pole.db", None, lambda: files)
    return asyncio.run(action.carry_out(PoleOrder("c1", Nothing())))


def test_it_tells_everything_and_no_secret(tmp_path: Path, tail: LogTail) -> None:
    (tmp_path / "password").write_text("hunter22\n")
    log.error("the camera rtsp://a:b@c/ is gone\nand so is hunter22")
    outcome = diagnose(tmp_path, {"pole": "p1"}, str(tmp_path / "password"))
    assert outcome.status == "done" and outcome.data is not None
    assert outcome.data.keys() >= {"status", "check", "log", "clock", "box", "network"}
    assert outcome.data["status"] == {"pole": "p1"}
    assert outcome.data["log"][-1].endswith("ERROR diagnosed: the camera rtsp://***@c/ is gone and so is ***")


def test_it_is_bounded_however_much_there_is(tmp_path: Path, tail: LogTail) -> None:
    for n in range(LINES + 50):
        log.error("%d %s", n, '"' * 1000)
    outcome = diagnose(tmp_path, {"pole": "p1", "devices": {f"d{n}": "x" * 100 for n in range(1000)}})
    assert outcome.data is not None
    assert len(json.encode(outcome.data)) <= MAX_DATA_BYTES
    assert outcome.data["status"] == {"pole": "p1", "left_out": ["devices"]}
    assert len(tail.lines) == LINES and {len(line) for line in tail.lines} == {LINE_CHARACTERS}
    assert f": {LINES + 49} " in outcome.data["log"][-1]
