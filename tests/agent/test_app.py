"""The whole pole in one loop, with parts that fail at once: it starts, and says which."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.app import App
from agent.assembly import Builder
from agent.clock import SystemClock
from agent.configuration import load
from agent.console import Ask, ask_daemon
from agent.rule import RuleRunner

POLE = """
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
clock = "rtc"
socket = "{folder}/l.sock"
[store]
path = "{folder}/l.db"
[uplink]
host = "127.0.0.1"
port = 1
[uplink.tls]
[sensor.ear]
kind = "a02"
port = "/dev/not-there"
[bay.b1]
sensor = "ear"
"""


def fails(*_: Any) -> Any:
    raise ZeroDivisionError("of a rule")


def defective(key: str, *, unbuildable: bool) -> type[Builder]:
    class Defective(Builder):
        async def rule(self, at: str, kind: Any, step: Any, *args: Any, **more: Any) -> RuleRunner[Any]:
            if at == key and unbuildable:
                raise ZeroDivisionError("of its state")
            return await super().rule(at, kind, fails if at == key else step, *args, **more)

    return Defective


async def status(socket: Path) -> dict[str, Any]:
    async for answer in ask_daemon(socket, Ask("status")):
        return answer
    return {}


def failed_parts(folder: Path, builder: type[Builder], enough: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    file = folder / "lamppost.toml"
    file.write_text(POLE.format(folder=folder))

    async def main() -> dict[str, Any]:
        working = asyncio.create_task(App(load(file), SystemClock("rtc"), builder=builder).run())
        answer: dict[str, Any] = {}
        try:
            async with asyncio.timeout(20):
                while not (answer and enough(answer)):
                    await asyncio.sleep(0.02)
                    assert not working.done(), working.exception()
                    if (folder / "l.sock").exists():
                        answer = await status(folder / "l.sock")
        finally:
            working.cancel()
            await asyncio.wait({working})
        assert working.cancelled()
        return answer

    return asyncio.run(main())


@pytest.mark.parametrize("unbuildable", [False, True])
@pytest.mark.parametrize("key", ["certificates", "bay/b1", "device/ear", "sensor/ear"])
def test_a_pole_starts_without_the_part_that_fails_at_once(tmp_path: Path, key: str, unbuildable: bool) -> None:
    answer = failed_parts(
        tmp_path,
        defective(key, unbuildable=unbuildable),
        lambda answer: (
            [part["part"] for part in answer["parts"]] == [key] and answer["devices"]["ear"]["state"] == "down"
        ),
    )
    (part,) = answer["parts"]
    assert part["reason"].startswith("ZeroDivisionError")
    assert (part["next_attempt_s"] is None) == unbuildable or part["state"] == "on_trial"
    assert "does not exist" in answer["devices"]["ear"]["reason"], "its port is to blame, and no rule"
    assert answer["bays"].keys() == {"b1"}


def test_who_tails_the_pole_is_shown_what_is_committed(tmp_path: Path) -> None:
    file, socket = tmp_path / "lamppost.toml", tmp_path / "l.sock"
    file.write_text(POLE.format(folder=tmp_path))

    async def outcome() -> dict[str, Any]:
        async for told in ask_daemon(socket, Ask("tail")):
            if told["type"] == "command.outcome":
                return told
        return {}

    async def main() -> dict[str, Any]:
        working = asyncio.create_task(App(load(file), SystemClock("rtc")).run())
        try:
            async with asyncio.timeout(20):
                while not socket.exists():
                    await asyncio.sleep(0.02)
                tail = asyncio.create_task(outcome())
                while not tail.done():
                    [_ async for _ in ask_daemon(socket, Ask("set", lamp="lamp-1", level_percent=40.0))]
                    await asyncio.sleep(0.02)
                return tail.result()
        finally:
            working.cancel()
            await asyncio.wait({working})

    assert asyncio.run(main())["data"]["status"] == "refused"
