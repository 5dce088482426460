"""The whole pole in one loop, with parts that fail at once: it starts, and says which."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from built_pole import defective
from patience import PATIENCE_S
from stored import event_of

from agent.app import App
from agent.assembly import Builder
from agent.bus import NoLongerLawful
from agent.cli.status import status_lines
from agent.clock import SystemClock
from agent.configuration import load
from agent.console import Ask, ask_daemon
from agent.diagnose import LogTail, log_tail
from agent.store import Store
from agent.trades.base import Trade
from agent.trades.lighting.face import Lighting
from agent.trades.registry import TRADES

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


def failing(key: str, *, unbuildable: bool) -> type[Builder]:
    def spoil(at: str, step: Any) -> Any:
        if at == key and unbuildable:
            raise ZeroDivisionError("of its state")
        return fails if at == key else step

    return defective(spoil)


async def answered(socket: Path, ask: Ask) -> dict[str, Any]:
    async for answer in ask_daemon(socket, ask):
        return answer
    return {}


def failed_parts(
    folder: Path,
    builder: type[Builder],
    enough: Callable[[dict[str, Any]], bool],
    text: str = POLE,
    then: Ask | None = None,
) -> dict[str, Any]:
    """The status once it is `enough`, or what is answered to `then` after that."""
    file = folder / "lamppost.toml"
    file.write_text(text.format(folder=folder))

    async def main() -> dict[str, Any]:
        working = asyncio.create_task(App(load(file), SystemClock("rtc"), builder=builder).run())
        answer: dict[str, Any] = {}
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (answer and enough(answer)):
                    await asyncio.sleep(0.02)
                    assert not working.done(), working.exception()
                    if (folder / "l.sock").exists():
                        answer = await answered(folder / "l.sock", Ask("status"))
                if then is not None:
                    answer = await answered(folder / "l.sock", then)
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
        failing(key, unbuildable=unbuildable),
        lambda answer: (
            [part["part"] for part in answer["parts"]] == [key] and answer["devices"]["ear"]["state"] == "down"
        ),
    )
    (part,) = answer["parts"]
    assert part["reason"].startswith("ZeroDivisionError")
    assert (part["next_attempt_s"] is None) == unbuildable or part["state"] == "on_trial"
    assert "does not exist" in answer["devices"]["ear"]["reason"], "its port is to blame, and no rule"
    assert answer["bays"].keys() == {"b1"}


LAMP = (
    POLE
    + """
[line.l]
kind = "tcp"
host = "127.0.0.1"
port = 1
[lamp.lit]
line = "l"
unit = 1
profile = "wb-mdm3"
channel = 0
"""
)


def unbuildable(question: str) -> type[Builder]:
    """A builder whose lighting fails as a whole, before any of its parts."""

    class Broken(Lighting):
        pass

    setattr(Broken, question, fails)
    broken = tuple(Broken() if each.name == "lighting" else each for each in TRADES)

    class Defective(Builder):
        trades: Sequence[Trade] = broken

    return Defective


def whole(answer: dict[str, Any]) -> bool:
    return [part["part"] for part in answer["parts"]] == ["trade/lighting"]


async def told(folder: Path) -> list[tuple[str, str]]:
    async with Store(folder / "l.db", max_bytes=1 << 24, boot="b", subject="p1") as store:
        events = [event_of(row) for row in await store.position().lease(100)]
    return [(event.subject, event.data["part"]) for event in events if event.type == "pole.part_failed"]


@pytest.mark.parametrize("question", ["part", "places", "units"])
def test_promise_a_pole_goes_on_without_a_trade_that_cannot_be_built(tmp_path: Path, question: str) -> None:
    answer = failed_parts(tmp_path, unbuildable(question), whole, LAMP)
    (part,) = answer["parts"]
    assert (part["state"], part["next_attempt_s"]) == ("set_aside", None)
    assert part["reason"].startswith("ZeroDivisionError")
    assert answer["bays"].keys() == {"b1"} and "ear" in answer["devices"] and "lit" not in answer["devices"]
    lines = list(status_lines(answer))
    assert any(line.startswith("FAILED   trade/lighting: ZeroDivisionError") for line in lines)
    if question == "part":
        assert answer["trades"] == ["parking", "metering", "kerb", "sensing"]
    else:
        assert answer["lamps"]["lit"]["state"] == "unknown" and "see FAILED" in answer["lamps"]["lit"]["reason"]
        assert any(line.startswith("lamp     lit") for line in lines)
    assert asyncio.run(told(tmp_path)) == [("p1", "trade/lighting")]


def test_a_lamp_of_a_trade_that_cannot_be_built_answers_for_that(tmp_path: Path) -> None:
    outcome = failed_parts(tmp_path, unbuildable("units"), whole, LAMP, Ask("command", "lit", "override", 40.0))
    reason = "a defect of lamppost keeps this lamp out of work: see lamppost status"
    assert (outcome["status"], outcome["reason"]) == ("failed", reason)


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
            async with asyncio.timeout(PATIENCE_S):
                while not socket.exists():
                    await asyncio.sleep(0.02)
                tail = asyncio.create_task(outcome())
                while not tail.done():
                    [_ async for _ in ask_daemon(socket, Ask("command", "lamp-1", "override", 40.0))]
                    await asyncio.sleep(0.02)
                return tail.result()
        finally:
            working.cancel()
            await asyncio.wait({working})

    assert asyncio.run(main())["data"]["status"] == "refused"


def test_promise_privacy_what_was_logged_while_alerts_were_lawful_is_told_from_afar_no_more(tmp_path: Path) -> None:
    file, builders = tmp_path / "lamppost.toml", list[Builder]()
    file.write_text(POLE.format(folder=tmp_path))

    class Kept(Builder, dict=True):
        def __post_init__(self) -> None:
            super().__post_init__()
            builders.append(self)

    handler = LogTail()
    logging.getLogger().addHandler(handler)
    try:
        App(load(file), SystemClock("rtc"), builder=Kept)
        logging.getLogger("camera").warning("cam is looked at every 2 s: looking takes 70 % of the time")
        assert log_tail.lines()
        builders[0].bus.tell(NoLongerLawful(1.0))
        assert log_tail.lines() == []
    finally:
        logging.getLogger().removeHandler(handler)
