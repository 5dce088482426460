"""A trade that raises, question by question: the lamps, the other trades and the uplink's events go on."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET, structs
from patience import PATIENCE_S
from stored import event_of

from agent.app import App
from agent.assembly import Builder
from agent.cli import check, report_privacy, report_security, schema
from agent.cli.arguments import parser
from agent.cli.probe import probe
from agent.cli.status import status_lines
from agent.clock import SystemClock
from agent.config.problems import ConfigError
from agent.configuration import examine, load
from agent.configuration.sources import Sources
from agent.console import Ask, ask_daemon
from agent.event_catalogue import KINDS, PoleBirth, PoleStatus
from agent.store import Store
from agent.trades.base import Kinds, Trade, kinds
from agent.trades.build import Part
from agent.trades.kerb.tables import KerbTables
from agent.trades.lighting.inventory import LightingInventory
from agent.trades.lighting.tables import LightingTables
from agent.trades.parking.inventory import ParkingInventory
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
[sensor.ear]
kind = "a02"
port = "/dev/not-there"
[bay.b1]
sensor = "ear"
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
KERB = """
[camera.eye]
source = "/dev/video7"
[zone.side]
camera = "eye"
category = "loading"
polygon = [[0, 0], [100, 0], [100, 100]]
[kerb]
mode = "alert"
[kerb.authorisation]
legal_basis = "a law to come"
reference = "Order 1"
dpia_reference = "DPIA 1"
controller = "Exampletown"
valid_until = 2037-12-31
"""
QUESTIONS = [name for name, each in vars(Trade).items() if callable(each) and name[0] != "_"]
WHOLE = {"part", "places", "units"}
"""What a trade must answer for anything of it to be built."""
PARTS = {"inventory": "inventory/parking", "facts": "facts/parking"} | dict.fromkeys(WHOLE, "trade/parking")
"""What fails in a daemon by each question that it asks."""


class Defect(Exception):
    pass


def fails(*_: Any) -> Any:
    raise Defect("of a trade")


def raising(question: str, name: str = "parking") -> tuple[Trade, ...]:
    """The trades of a pole, of which one cannot answer a question."""

    def spoilt(trade: Trade) -> Trade:
        made = type(trade.name, (type(trade),), {})()
        kinds(made)  # as it is when the configuration is read
        setattr(made, question, fails)
        return made

    return tuple(spoilt(each) if each.name == name else each for each in TRADES)


def of_trades(made: tuple[Trade, ...]) -> type[Builder]:
    class Defective(Builder):
        trades: Sequence[Trade] = made

    return Defective


def written(folder: Path, more: str = "") -> Path:
    file = folder / "lamppost.toml"
    file.write_text((POLE + more).format(folder=folder))
    return file


def told(folder: Path, builder: type[Builder], enough: Callable[[dict[str, Any]], bool]) -> tuple[dict[str, Any], Any]:
    """The last status of a pole that runs until it is `enough`, and the data of its events by type, in order."""
    socket = folder / "l.sock"

    async def main() -> tuple[dict[str, Any], Any]:
        working = asyncio.create_task(App(load(written(folder)), SystemClock("rtc"), builder=builder).run())
        answer: dict[str, Any] = {}
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (answer and enough(answer)):
                    await asyncio.sleep(0.02)
                    assert not working.done(), working.exception()
                    if socket.exists():
                        answer = await anext(ask_daemon(socket, Ask("status")))
        finally:
            working.cancel()
            await asyncio.wait({working})
        async with Store(folder / "l.db", max_bytes=1 << 24, boot="b", subject="p1") as store:
            events = [event_of(row) for row in await store.position().lease(1000)]
        return answer, {kind: [each.data for each in events if each.type == kind] for kind in {e.type for e in events}}

    return asyncio.run(main())


def settled(answer: dict[str, Any]) -> bool:
    """Every device was looked for, and the first heartbeat is written."""
    devices = answer["devices"].values()
    return answer["store"]["events"] > 2 and all(each["state"] == "down" for each in devices)


@pytest.mark.parametrize("question", QUESTIONS)
def test_promise_whatever_a_trade_cannot_answer_the_pole_goes_on(tmp_path: Path, question: str) -> None:
    answer, events = told(tmp_path, of_trades(raising(question)), settled)
    assert "lit" in answer["lamps"] and "lit" in answer["devices"], "the lamps go on"
    assert ("ear" in answer["devices"]) == (question not in WHOLE), "and the trade, where it can"
    (birth,), heartbeat = events["pole.birth"], events["pole.status"][0]
    assert {"lit"} == birth["lamps"].keys() and heartbeat["uptime_s"] >= 0
    assert ("bays" in birth) == (question != "inventory")
    assert [each["part"] for each in answer["parts"]] == ([PARTS[question]] if question in PARTS else [])
    failed = [each["part"] for each in events.get("pole.part_failed", ())]
    assert failed == ([PARTS[question]] if question in PARTS else []), "it is told once"


@pytest.mark.parametrize("question", [name for name in vars(Part) if name[0] != "_" and callable(vars(Part)[name])])
def test_whatever_a_part_cannot_answer_the_status_has_the_rest(tmp_path: Path, question: str) -> None:
    parking = next(each for each in TRADES if each.name == "parking")

    class Spoilt(type(parking)):  # type: ignore[misc]
        def part(self, context: Any) -> Part:
            made = super().part(context)
            setattr(made, question, fails)
            return made  # type: ignore[no-any-return]

    trades = tuple(Spoilt() if each is parking else each for each in TRADES)
    answer, _ = told(tmp_path, of_trades(trades), settled)
    assert answer["lamps"].keys() == {"lit"}
    assert {name: each["state"] for name, each in answer["devices"].items()} == {"ear": "down", "lit": "down"}
    assert all(each["part"].endswith("parking") for each in answer["parts"])


def test_what_a_trade_cannot_tell_of_its_documents_costs_these(tmp_path: Path) -> None:
    parking = next(each for each in TRADES if each.name == "parking")

    class Spoilt(type(parking)):  # type: ignore[misc]
        def kinds(self) -> Kinds:
            return super().kinds()._replace(documents=fails)  # type: ignore[no-any-return]

    trades = tuple(Spoilt() if each is parking else each for each in TRADES)
    answer, _ = told(tmp_path, of_trades(trades), settled)
    assert [(each["part"], each["state"]) for each in answer["parts"]] == [("documents/trade/parking", "set_aside")]
    assert answer["bays"].keys() == {"b1"}


@pytest.mark.parametrize("question", ["include", "crosscheck"])
def test_a_file_that_a_trade_cannot_check_is_refused_with_the_defect(tmp_path: Path, question: str) -> None:
    file = written(tmp_path, '[zone.z]\ncamera = "none"\ncategory = "loading"\npolygon = [[0, 0], [9, 0], [9, 9]]\n')
    with pytest.raises(ConfigError) as refused:
        examine(file, trades=raising(question))
    first, *others = str(refused.value).splitlines()
    assert first.startswith(f"{file}: a defect of lamppost keeps parking from checking the file: Defect at agent/")
    assert any("[zone.z] camera: there is no [camera.none]" in line for line in others) == (question == "crosscheck")


def test_the_last_good_configuration_runs_where_a_trade_cannot_check_the_file(tmp_path: Path) -> None:
    file = written(tmp_path)
    good = Sources(file).start().config
    Sources(file).keep_good(good, healthy=True)
    found = Sources(file, raising("crosscheck")).start()
    assert found.in_force.source == "last_good"
    assert found.config.of(LightingTables).lamp == good.of(LightingTables).lamp


def test_a_kerb_that_cannot_say_what_is_less_sends_no_alerts_and_keeps_its_devices(tmp_path: Path) -> None:
    file = written(tmp_path, KERB)
    config = load(file)
    assert config.of(KerbTables).kerb.mode == "alert"
    less = Sources(file, raising("narrowed", "kerb")).narrowed(config)
    assert less.of(KerbTables).kerb.mode == "statistics"
    assert structs.replace(less, kerb=config.of(KerbTables).kerb) == config, "all else goes on"


def rest_of(trades: tuple[Trade, ...], file: Path) -> Iterator[tuple[str, str]]:
    """What each command says: its text, and what stands there of other trades."""
    config = load(file)
    yield check.table(config, (), date(2026, 1, 1), trades), "lit"
    told = report_privacy.report(config, SystemClock("rtc"), trades)
    yield "\n".join(f"{name} {words}" for _, facts in told for name, words in facts), "camera none"
    told = report_security.report(config, file, trades)
    yield "\n".join(f"{name} {words}" for _, facts in told for name, words in facts), "uplink"
    answers = asyncio.run(probe(config, trades))
    yield "\n".join(f"{each.name} {each.text}" for each in answers), "lit"


@pytest.mark.parametrize("question", ["check_rows", "privacy", "probe"])
def test_a_command_tells_the_defect_and_the_rest(tmp_path: Path, question: str) -> None:
    said = list(rest_of(raising(question), written(tmp_path)))
    assert [told for told, rest in said if rest not in told] == []
    defects = [line for text, _ in said for line in text.splitlines() if "a defect of lamppost" in line]
    (defect,) = set(defects)
    assert defect.split()[0] == "parking" and "Defect at" in defect


@pytest.mark.parametrize("question", ["status_lines", "device_words"])
def test_the_status_is_shown_with_the_defect(tmp_path: Path, question: str) -> None:
    answer, _ = told(tmp_path, Builder, settled)
    lines = list(status_lines(answer, raising(question)))
    assert any(line.startswith("lamp     lit") for line in lines) and any(line.startswith("! ear") for line in lines)
    assert [line for line in lines if line.startswith("FAILED")] == [lines[-1]]
    assert lines[-1].startswith("FAILED   parking: a defect of lamppost: Defect at")


def test_the_commands_of_the_others_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    trades = raising("command_line")
    told = parser(trades).format_help()
    assert "status" in told and "hold a lamp" in told and "rules" not in schema.schemas(trades)
    assert capsys.readouterr().err.startswith("parking: a defect of lamppost: Defect at")


def test_the_share_of_a_trade_may_lack_and_that_of_the_pole_may_not() -> None:
    inventories = {each.inventory for each in KINDS}
    assert {LightingInventory, ParkingInventory} <= inventories
    for kind in (PoleBirth, PoleStatus):
        own = {each.name for each in structs.fields(kind.__base__)}
        lacking = {each.name for each in structs.fields(kind) if each.default is UNSET} - own
        assert lacking == {each.name for each in structs.fields(kind)} - own
