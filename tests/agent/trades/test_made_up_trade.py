"""A trade that does not exist, asked everything that a pole asks a trade: adding one touches its folder alone."""

import argparse
import asyncio
import re
import sys
from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
from built_pole import built_pole
from msgspec import Struct, field
from stored import event_of

from agent import inventory, states
from agent.assembly import Builder, Components
from agent.cli import check, main, report_privacy, report_security, schema, status
from agent.cli.arguments import parser
from agent.cli.probe import probe
from agent.clock import Moment
from agent.config.problems import Report
from agent.config.reader import Table
from agent.config.schema import Config
from agent.configuration import ConfigError, examine
from agent.documents.build import kinds_of
from agent.documents.document import Setting
from agent.documents.documents import Documents
from agent.documents.errors import Refused
from agent.events import Data, Priority, pole
from agent.events.registry import EventType, event, event_type
from agent.places import Places
from agent.rule import RuleRunner, Step
from agent.store import Store
from agent.supervise import Supervisor
from agent.trades.base import Kinds, Section, Trade
from agent.trades.build import BuildContext, DeviceView, Part, StateMaker
from agent.trades.command_line import (
    CheckOption,
    CommandLine,
    FileSchema,
    SubCommand,
    Tools,
    takes_config,
    takes_socket,
)
from agent.trades.documents import Complain, DocumentKind, InForce
from agent.trades.privacy import PrivacyFacts
from agent.trades.probing import ProbeContext, first_reading
from agent.trades.registry import TRADES
from agent.trades.units import Share, Unit
from agent.trades.words import state_lines
from drivers.base import Emit, Reading
from drivers.errors import NoAnswer
from drivers.mapped import MappedDevice
from drivers.options import Claim, Id, Options, Seconds, file_claim

POLE = """
[pole]
id = "pole-1"
site = "exampletown"
latitude = 45.7640
longitude = 4.8357
clock = "rtc"
[uplink]
host = "127.0.0.1"
[line.l]
kind = "tcp"
host = "127.0.0.1"
[sensor.ultra-1]
kind = "a02"
port = "/dev/ttyX0"
[bay.bay-1]
sensor = "ultra-1"
[meter.feeder]
line = "l"
unit = 1
profile = "eastron-sdm230"
"""
AIR = """
[air.nose]
port = "/dev/ttyX1"
limit_ppm = 40
[duct.fan]
line = "l"
unit = 2
profile = "eastron-sdm230"
"""
TYPES: dict[str, EventType] = {}


class AirOptions(Options, frozen=True):
    """[air.NAME]: a nose with a wire of its own."""

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"period_s": ("1s", "1h")}

    port: str
    limit_ppm: float
    period_s: Seconds = Seconds(10)

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: object) -> Iterable[Claim]:
        if "port" in values:
            yield file_claim(values["port"], "port", "is on the same port", "expected one owner of each port")


class DuctOptions(MappedDevice, frozen=True):
    """[duct.NAME]: what a profile describes; it says nothing of ports, names and bounds itself."""

    period_s: Seconds = Seconds(10)


class AirTables(Options, frozen=True):
    """Noses and ducts."""

    SUBJECTS: ClassVar[tuple[str, ...]] = ("air", "duct")

    air: dict[Id, AirOptions] = field(default_factory=dict)
    duct: dict[Id, DuctOptions] = field(default_factory=dict)


@event_type("air.stale", priority=Priority.ALARM, into=TYPES)
class Stale(Data, frozen=True):
    """The air is stale."""

    ppm: float


class Air(Struct, frozen=True, tag_field="kind", tag="air"):
    """A nose."""

    stale: bool


class AirInventory(Struct, frozen=True):
    """Noses."""

    noses: dict[str, float]


class AirState(Struct, frozen=True):
    ppm: float = 0.0


class Nose:
    """Says one thing, and is silent for ever."""

    def __init__(self, name: str, port: str) -> None:
        self.name, self._port = name, port

    async def run(self, emit: Emit) -> None:
        if self._port == "/dev/nowhere":
            raise NoAnswer(self.name, "no such port")
        await emit(Reading(self.name, "ppm", 41.0, 0.0))
        await asyncio.Event().wait()


class AirPart:
    def __init__(self, tables: AirTables) -> None:
        self._tables = tables
        self.rules: dict[str, RuleRunner[AirState]] = {}
        self.aired: list[str] = []

    def status(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, Any]:
        return {"air": {name: {"ppm": each.state.ppm} for name, each in self.rules.items()}}

    def device(self, name: str) -> Mapping[str, Any]:
        return {"smells": True} if name in self.rules else {}

    def states(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, StateMaker]:
        return {name: partial(self._state, name) for name in self.rules}

    def _state(self, name: str) -> Air:
        return Air(self.rules[name].state.ppm > self._tables.air[name].limit_ppm)


def judge(name: str, limit_ppm: float, state: AirState, now: Moment, reading: Reading | None) -> Step[AirState]:
    if reading is None or not isinstance(reading.value, float):
        return Step(state)
    events = []
    if reading.value > limit_ppm:
        events = [event(Stale(ppm=reading.value), name, now)]
    return Step(AirState(reading.value), tuple(events))


class Airing(Options, frozen=True):
    """Noses that are aired for a while."""

    noses: tuple[Id, ...]


def check_airing(content: Table, config: Config, complain: Complain) -> None:
    for at, nose in enumerate(content.values.get("noses", ())):
        if nose not in config.of(AirTables).air:
            complain(("noses", at), f"there is no [air.{nose}]")


async def air(built: Components, config: Config, documents: Sequence[InForce[Airing]]) -> None:
    built.part(AirPart).aired = [nose for each in documents for nose in each.content.noses]


def _documents() -> Sequence[DocumentKind[Airing]]:
    return (DocumentKind("airing", Airing, check_airing, air),)


class AirTrade(Trade):
    name = "air"

    def kinds(self) -> Kinds:
        return Kinds(
            AirTables,
            (sys.modules[__name__],),
            AirInventory,
            states=(Air,),
            judged=frozenset({"ppm"}),
            personal=frozenset({"breath"}),
            documents=_documents,
        )

    def command_line(self) -> CommandLine:
        return CommandLine(
            (
                SubCommand("sniff", "what a nose smells", takes_config, self._sniff),
                SubCommand(
                    "nose", "the air of a day", takes_socket, self._draw, group="report", brief="a day of the air"
                ),
            ),
            (CheckOption("--air", "FILE.txt", "also write the noses", self._write),),
            (FileSchema("winds", "the winds of a town", lambda: AirTables),),
        )

    def _sniff(self, arguments: argparse.Namespace, tools: Tools) -> int:
        print("reads", tools.load.__name__, arguments.config)
        return 3

    def _draw(self, arguments: argparse.Namespace, tools: Tools) -> int:
        print("asks", tools.socket(arguments))
        return 4

    def _write(self, config: Config, file: Path) -> None:
        if file.suffix != ".txt":
            raise ValueError(f"{file}: write for example air.txt")
        file.write_text(config.pole.id)

    def crosscheck(self, config: Table, report: Report, today: date | None) -> None:
        for nose in config.tables("air").values():
            if nose.values.get("limit_ppm", 1.0) <= 0:
                report.error(nose.path, "limit_ppm", "no air is that clean")

    def narrowed(self, config: Config, file: Table | None) -> Config:
        return config

    def part(self, context: BuildContext) -> Part:
        return AirPart(context.config.of(AirTables))

    def units(self, context: BuildContext) -> Iterable[Unit]:
        for name, options in context.config.of(AirTables).air.items():
            yield Unit(f"air/{name}", options, partial(self._nose, context, name, options))

    async def _nose(self, context: BuildContext, name: str, options: AirOptions, share: Share) -> None:
        def step(state: AirState, now: Moment, reading: Reading | None) -> Step[AirState]:
            return judge(name, options.limit_ppm, state, now, reading)

        runner = await context.rule(f"air/{name}", AirState, step)
        context.built.part(AirPart).rules[name] = runner
        share.drivers.append(Nose(name, options.port))
        share.runners.append(runner)
        share.listeners[name].append(context.listener(runner.key, runner.on_reading))

    def inventory(self, config: Config) -> AirInventory:
        return AirInventory({name: nose.limit_ppm for name, nose in config.of(AirTables).air.items()})

    def check_rows(self, config: Config, today: date | None) -> Sequence[Section]:
        return (("AIR", [(name, nose.port) for name, nose in config.of(AirTables).air.items()]),)

    def probe(self, context: ProbeContext) -> Mapping[str, Awaitable[str]]:
        return {name: self._smell(Nose(name, each.port)) for name, each in context.config.of(AirTables).air.items()}

    async def _smell(self, nose: Nose) -> str:
        return f"{(await first_reading(nose)).value} ppm"

    def status_lines(self, answer: Mapping[str, Any]) -> Iterable[str]:
        return state_lines("air", answer["air"])

    def device_words(self, device: Mapping[str, Any]) -> Iterable[str]:
        return ("SMELLS",) if device.get("smells") else ()

    def privacy(self, config: Config, now: Moment, watched: Collection[str]) -> PrivacyFacts:
        return PrivacyFacts(
            processed=(("air", "what it smells of; nobody is smelt"),), security=(("nose", "reaches nobody"),)
        )


REGISTRY = (*TRADES, AirTrade())

ANSWER: dict[str, Any] = {
    "pole": "pole-1", "site": "exampletown", "version": "1", "uptime_s": 1.0,
    "clock": {"trusted": True, "time": "now", "source": "ntp", "max_error_s": 0.0123},
    "box": {"disk": None, "temperature_c": None, "under_voltage": None}, "configuration": None, "update": None,
    "modem": None,
    "uplink": {
        "broker": "b", "connected": True, "since_s": 1.0, "trouble": None, "acknowledged": 0,
        "commands_rate_limited": 0, "bad_packets": 0, "certificates": [], "ended": None, "protocol": "5",
        "traffic": None,
    },
    "store": {
        "events": 0, "bytes": 1, "max_bytes": 1, "dropped": 0, "moved_aside": None, "refuses": None,
        "written_today_bytes": None,
    },
    "documents": [],
    "parts": [],
    "trades": ["air"],
    "air": {"nose": {"ppm": 41.0}},
    "devices": {"nose": {"state": "up", "smells": True}},
}  # fmt: skip


class Noon:
    boot = "b1"
    mono_s = 1000.0

    def now(self) -> Moment:
        return self.moment_at(self.mono_s)

    def moment_at(self, mono_s: float) -> Moment:
        return Moment(1_780_000_000.0 + mono_s, mono_s, self.boot, True)


def loaded(folder: Path, text: str = POLE + AIR) -> Config:
    file = folder / "lamppost.toml"
    file.write_text(text)
    return examine(file, trades=REGISTRY).config


def errors(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as error:
        loaded(folder, text)
    return [line.partition("lamppost.toml:")[2] for line in str(error.value).splitlines()]


def test_its_tables_are_read_and_checked_by_itself(tmp_path: Path) -> None:
    config = loaded(tmp_path)
    assert config.of(AirTables).air["nose"].limit_ppm == 40.0
    (said,) = errors(tmp_path, (POLE + AIR).replace("limit_ppm = 40", "limit_ppm = 0"))
    assert said == "25: [air.nose] limit_ppm: no air is that clean"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("ttyX1", "ttyX0", "24: [air.nose] port: [sensor.ultra-1] on line 15 is on the same port"),
        ("air.nose", "air.bay-1", "23: [air.bay-1]: [bay.bay-1] on line 16 has this name already"),
        ("unit = 2", "unit = 1", "28: [duct.fan] unit: [meter.feeder] on line 18 has unit 1 on this line"),
        ("limit_ppm = 40", 'limit_ppm = 40\nperiod = "2h"', "26: [air.nose] period: 2h is too long"),
        ("unit = 2", 'unit = 2\nperiod = "2h"', "29: [duct.fan] period: 2h is too long"),
        ('[duct.fan]\nline = "l"', '[duct.fan]\nline = "m"', "27: [duct.fan] line: there is no [line.m]"),
        ("unit = 2\nprofile", 'unit = 2\nprofile = "no-such" #', "29: [duct.fan] profile: there is no profile"),
    ],
)
def test_what_it_takes_and_inherits_is_checked_like_all_else(tmp_path: Path, old: str, new: str, said: str) -> None:
    (error,) = errors(tmp_path, (POLE + AIR).replace(old, new))
    assert error.startswith(said)


def test_it_is_built_and_heard_and_says_how_it_is(tmp_path: Path) -> None:
    async def main() -> tuple[dict[str, Any], Mapping[str, Struct | None], list[str]]:
        config, clock = loaded(tmp_path), Noon()
        builder = partial(Builder, trades=REGISTRY)
        async with built_pole(config, tmp_path / "x.db", clock, builder=builder) as pole:
            for listen in pole.parts.listeners["nose"]:
                await listen(Reading("nose", "ppm", 41.0, clock.mono_s))
            supervisors = [Supervisor(driver, _ignore) for driver in pole.parts.drivers]
            shown: dict[str, Any] = {}
            for part in pole.parts.parts.values():
                shown |= {**part.status(clock.now(), {}), "nose": part.device("nose")}
            told = [each.type for each in await pole.store.position().lease(100)]
            return shown, states.states(config, clock.now(), pole.parts, supervisors, pole.isolation), told

    shown, retained, told = asyncio.run(main())
    assert "air.stale" in told
    assert (shown["air"], shown["nose"]) == ({"nose": {"ppm": 41.0}}, {"smells": True})
    assert retained["nose"] == Air(stale=True)
    assert isinstance(retained["ultra-1"], states.Device)
    state = {"time": "2026-01-01T00:00:00.000Z", "timetrusted": True, "state": retained["nose"]}
    assert msgspec.convert(msgspec.to_builtins(state), states.state_of(REGISTRY)).state == Air(stale=True)


def test_what_the_city_sets_of_it_is_checked_and_applied(tmp_path: Path) -> None:
    async def main() -> None:
        clock = Noon()
        until = datetime(2027, 1, 1, tzinfo=UTC)
        async with Store(tmp_path / "x.db", max_bytes=1 << 24, boot="b1") as store:
            builder = Builder(loaded(tmp_path), store, store.commit, clock, clock, {}, trades=REGISTRY)
            part = (await builder.build()).part(AirPart)
            documents = await Documents.load(builder, kinds_of(REGISTRY))
            with pytest.raises(Refused, match=r"^\[airing.spring\] noses entry 1: there is no \[air.ear\]$"):
                await documents.set("c1", Setting("airing", "spring", {"noses": ["ear"]}, None, until))
            await documents.set("c2", Setting("airing", "spring", {"noses": ["nose"]}, None, until))
            assert part.aired == ["nose"]
            await documents.withdraw("c3", ("airing", "spring"))
            assert part.aired == []

    asyncio.run(main())


async def _ignore(reading: Reading) -> None: ...


def test_what_it_judges_and_what_is_personal_is_no_telemetry(tmp_path: Path) -> None:
    async def main() -> set[object]:
        clock = Noon()
        async with built_pole(
            loaded(tmp_path), tmp_path / "x.db", clock, builder=partial(Builder, trades=REGISTRY)
        ) as p:
            for quantity, value in (("ppm", 1.0), ("breath", "of-somebody"), ("warmth_c", 20.0)):
                for listen in p.parts.listeners["nose"]:
                    await listen(Reading("nose", quantity, value, clock.mono_s))
            return {event_of(each).data.get("quantity") for each in await p.store.position().lease(100)}

    assert asyncio.run(main()) == {"warmth_c"}
    never = dict(dict(report_privacy.report(loaded(tmp_path), Noon(), REGISTRY))["what leaves the pole"])["never sent"]
    assert never == "breath, still_standing, vehicle_tag, pictures"


def test_its_events_say_how_long_they_are_kept_and_whose_they_are() -> None:
    kind = TYPES["air.stale"]
    assert (kind.priority, kind.ages, kind.answers, kind.expires_s) == (Priority.ALARM, True, False, None)


def test_it_is_in_the_inventory_and_the_event_has_room_for_it(tmp_path: Path) -> None:
    types: dict[str, EventType] = {}
    kinds = [each.kinds() for each in REGISTRY]
    pole.register((each.inventory for each in kinds), (each.facts for each in kinds), into=types)
    said = inventory.inventory(loaded(tmp_path), Noon().now(), Places(), trades=REGISTRY)
    assert said["noses"] == {"nose": 40.0}
    assert msgspec.convert(said, types["pole.birth"].data).noses == {"nose": 40.0}


def test_it_is_shown_to_a_technician(tmp_path: Path) -> None:
    assert "AIR\n  nose  /dev/ttyX1" in check.table(loaded(tmp_path), (), trades=REGISTRY)
    *_, state, device = status.status_lines(ANSWER, (AirTrade(),))
    assert state == f"air      {'nose':<16} ppm 41.0"
    assert device == f"+ {'nose':<16} up, SMELLS"


def test_it_is_asked_once(tmp_path: Path) -> None:
    alone = (AirTrade(),)
    text = POLE.partition("[line.l]")[0] + AIR.partition("[duct")[0]
    text += text.partition("[uplink]")[2].partition("[air")[1] + '.away]\nport = "/dev/nowhere"\nlimit_ppm = 1\n'
    file = tmp_path / "lamppost.toml"
    file.write_text(text)
    config = examine(file, trades=alone).config
    answers = asyncio.run(probe(config, alone))
    assert [(each.name, each.answered, each.text) for each in answers] == [
        ("nose", True, "41.0 ppm"),
        ("away", False, "no such port"),
    ]


def test_it_is_in_the_report_of_privacy(tmp_path: Path) -> None:
    told = dict(report_privacy.report(loaded(tmp_path), Noon(), REGISTRY))
    assert ("air", "what it smells of; nobody is smelt") in told["what is processed"]


def test_it_is_in_the_report_of_security(tmp_path: Path) -> None:
    told = dict(report_security.report(loaded(tmp_path), tmp_path / "l.toml", REGISTRY))
    assert ("nose", "reaches nobody") in told["what devices reach, and run"]


def test_it_brings_its_own_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sniff", "-c", "own.toml"], REGISTRY) == 3
    assert main(["report", "nose", "--socket", "/run/own.sock"], REGISTRY) == 4
    assert capsys.readouterr().out == "reads _load own.toml\nasks /run/own.sock\n"
    told = " ".join(parser(REGISTRY).format_help().split())
    assert "sniff what a nose smells" in told
    assert "a day of the air; the facts that privacy, and security, ask for" in told
    assert "sniff" not in parser().format_help()


def test_it_adds_to_what_check_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lamppost.toml"
    file.write_text(POLE)
    assert main(["check", str(file), "--air", str(tmp_path / "air.txt")], REGISTRY) == 0
    assert (tmp_path / "air.txt").read_text() == "pole-1"
    assert main(["check", str(file), "--air", str(tmp_path / "air.svg")], REGISTRY) == 1
    assert "write for example air.txt" in capsys.readouterr().err


def test_its_files_have_a_schema() -> None:
    winds = schema.schemas(REGISTRY)["winds"]()
    assert winds["title"] == "lamppost: the winds of a town"
    assert winds["$defs"]["AirOptions"]["required"] == ["port", "limit_ppm"]
    assert parser(REGISTRY).parse_args(["schema", "winds"]).what == "winds"


def test_what_a_trade_forgot_is_named() -> None:
    class Forgetful(Trade):
        name = "forgetful"

        def kinds(self) -> Kinds:
            return Kinds(AirTables, (), AirInventory)

    with pytest.raises(TypeError) as refused:
        Forgetful()  # type: ignore[abstract]
    harmful = {"check_rows", "crosscheck", "inventory", "narrowed", "part", "privacy", "status_lines", "units"}
    assert set(re.findall(r"\w+", str(refused.value))) >= harmful
    assert Forgetful.__abstractmethods__ == harmful


@pytest.mark.parametrize("trade", TRADES, ids=lambda each: each.name)
def test_every_trade_of_the_pole_names_tables_that_it_has(trade: Trade) -> None:
    kinds = trade.kinds()
    names = {field.name for field in msgspec.structs.fields(kinds.tables)}
    assert set(getattr(kinds.tables, "SUBJECTS", ())) | set(kinds.commanded) <= names
