"""`lamppost check`: the table fits a screen and says what would run; --probe asks real far ends."""

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
import time
import tty
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from agent.cli import check, main
from agent.cli.check.layout import WIDTH, columns
from agent.cli.probe import Answer, probe
from agent.configuration import ConfigError, examine
from agent.simulate.broker import broker
from agent.simulate.broker import port as broker_port
from agent.simulate.chip import Chip
from agent.trades.lighting.plot import picture

POLE = """
[pole]
id = "pole-1"
site = "exampletown"
latitude = 45.7640
longitude = 4.8357
models_dir = "{folder}"
[uplink]
host = "127.0.0.1"
"""
LAMPS = """
[line.cabinet]
kind = "tcp"
host = "127.0.0.1"
port = {port}
timeout = "200ms"
[lamp.path-light]
line = "cabinet"
unit = 2
profile = "wb-mdm3"
channel = 1
program = "street"
[lamp.bridge]
line = "cabinet"
unit = 3
profile = "intesis-inmbsdal"
channel = 1
short_address = 12
default_level_percent = 60
[program.street]
on = "sunset-10min"
steps = [{{ at = "23:00", level_percent = 50 }}]
"""
BAYS = """
[sensor.ultra-1]
kind = "a02"
port = "{port}"
[bay.bay-1]
sensor = "ultra-1"
category = "blue_zone"
limit = "1h 30min"
grace = "10min"
"""
KERB = """
[camera.cam]
source = "rtsp://admin:hunter2@192.0.2.1:554/stream/with/a/very/long/path/that/no/telephone/would/show/in/one/line"
[zone.bus-stop]
camera = "cam"
category = "bus_lane"
polygon = [[0, 0], [100, 0], [100, 100]]
limit = "2min"
[kerb]
mode = "alert"
[kerb.authorisation]
legal_basis = "the text"
reference = "decision 12"
dpia_reference = "assessment 7"
controller = "the town"
valid_until = 2030-06-30
simulated = true
"""

Written = Callable[[str], Path]

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(text: str) -> Path:
        file = tmp_path / "lamppost.toml"
        file.write_text(POLE.format(folder=tmp_path) + text)
        return file

    return write


def test_the_whole_table(written: Written) -> None:
    file = written(LAMPS.format(port=1502) + BAYS.format(port="/dev/ttyX") + KERB)
    file.chmod(0o600)
    config = examine(file).config
    table = check.table(config, [], date(2026, 12, 21))
    assert max(map(len, table.splitlines())) <= WIDTH
    assert table.splitlines() == [
        "pole    exampletown/pole-1             45.7640, 4.8357                Europe/Paris",
        "uplink  127.0.0.1:1883                 MQTT 5, this box only, no TLS  no login",
        "store   /var/lib/lamppost/lamppost.db  at most 256 MB",
        "",
        "LINES",
        "  cabinet   127.0.0.1:1502  Modbus TCP        answers within 200ms",
        "    unit 2  path-light      wb-mdm3           channel 1",
        "    unit 3  bridge          intesis-inmbsdal  channel 1, short address 12",
        "",
        "SENSORS",
        "  ultra-1  a02  /dev/ttyX  by distance, each 1s",
        "",
        "BAYS",
        "  bay-1  blue_zone  limit 1h 30min + 10min  ultra-1  proves stays",
        "",
        "RULES",
        "        articles of Code de la route",
        "",
        "LAMPS",
        "  path-light  street: sunset-10min to sunrise  tonight 16:48 100 %, 23:00 50 %, 08:19 off",
        "  bridge      no program                       always 60 %",
        "",
        "LAMPS WITHOUT THE POLE",
        "  path-light  goes to 100 % 60 s after the last request, and when power comes back",
        "  bridge      keeps its last level; goes to 100 % when the DALI bus fails, and when power comes back",
        "",
        "CAMERAS",
        "  cam         rtsp://(hidden)@192.0.2.1:554/…lephone/would/show/in/one/line  1280 x 720 px, every 1s",
        "    bus-stop  bus_lane                                                       limit 2min",
        "",
        "KERB",
        "  alert  authorised until 2030-06-30, SIMULATED",
        "         the text; decision 12",
        "         DPIA assessment 7; the town",
        "         articles of Code de la route",
    ]


CALENDAR = """
[calendar.town]
program = "street"
rules = [
    { program = "fair", from = "2026-06-19", to = "2026-06-21" },
    { program = "fair", from = "12-24", to = "01-01" },
    { program = "fair", from = "2027-06-19" },
    { program = "fair", school = "holidays", days = ["fri"] },
]
school_holidays = [{ from = 2026-10-17, to = 2026-11-01 }, { from = 2026-12-19, to = 2027-01-03 }]
[program.street]
[program.fair]
level_percent = 80
"""


@pytest.mark.parametrize(
    ("today", "told"),
    [
        (date(2026, 6, 21), []),
        (date(2026, 6, 22), ["  town  rule 1: fair  OVER since 2026-06-21: it never holds again"]),
        (
            date(2027, 6, 20),
            [
                "  town  rule 1: fair     OVER since 2026-06-21: it never holds again",
                "  town  rule 3: fair     OVER since 2027-06-19: it never holds again",
                "  town  school_holidays  are listed until 2027-01-03: whether school is held NOW is not known",
            ],
        ),
    ],
)
def test_rules_of_a_calendar_that_never_hold_again_are_told(written: Written, today: date, told: list[str]) -> None:
    lamps = LAMPS.format(port=1502).partition("[program.street]")[0].replace('program = "street"', 'calendar = "town"')
    lines = check.table(examine(written(lamps + CALENDAR)).config, [], today).splitlines()
    shown = lines[lines.index("CALENDARS") + 1 :] if "CALENDARS" in lines else []
    assert shown[: shown.index("") if shown else 0] == told


def test_a_bare_pole_has_no_empty_sections(written: Written) -> None:
    found = examine(written(""))
    config, warnings = found.config, found.warnings
    assert len(check.table(config, warnings).splitlines()) == 3


def test_another_host_shows_its_tls_and_port(written: Written) -> None:
    config = examine(written("[uplink.tls]\n")).config
    assert "uplink  127.0.0.1:8883                 MQTT 5, TLS" in check.table(config, [])


def test_each_of_several_uplinks_shows_what_it_gets_and_may_order(written: Written) -> None:
    lighting = '[uplink.lighting]\nport = 1884\nhost = "127.0.0.1"\nevents = ["lamp.*", "pole.*"]\n'
    table = check.table(examine(written(lighting)).config, [])
    assert "uplink           127.0.0.1:1883                 MQTT 5, this box only, no TLS" in table
    assert "uplink.lighting  127.0.0.1:1884                 MQTT 5, this box only, no TLS" in table
    assert (
        "uplink.lighting  lamp.*, pole.*  orders: none" in table
        and "uplink           *               orders: all" in table
    )


def test_what_no_uplink_gets_is_worth_a_look(written: Written) -> None:
    file = written("")
    file.write_text(file.read_text().replace("[uplink]", '[uplink]\nevents = ["bay.*", "lamp.*", "*a*", "*e*", "*o*"]'))
    assert examine(file).warnings == ()
    file.write_text(file.read_text().replace('"*a*", "*e*", "*o*"', '"kerb.*"'))
    (warning,) = examine(file).warnings
    assert "no uplink gets camera.degraded, camera.tampered, command.outcome" in warning


def test_a_night_that_never_gets_dark(written: Written) -> None:
    file = written(LAMPS.format(port=1502))
    file.write_text(file.read_text().replace("45.7640", "78.2"))
    config = examine(file).config
    assert "street: sunset-10min to sunrise  off tonight" in check.table(config, [], date(2026, 6, 21))


def test_warnings_are_wrapped_not_cut(written: Written) -> None:
    config = examine(written("")).config
    warning = "lamppost.toml:12: " + "word " * 40
    table = check.table(config, [warning])
    assert max(map(len, table.splitlines())) <= WIDTH
    assert " ".join(table.partition("WARNINGS")[2].split()) == warning.strip()


@pytest.mark.parametrize("width", [60, 80, 100])
def test_columns_fit_their_width(width: int) -> None:
    rows = [("name-" * 8, "/dev/serial/by-id/" + "x" * 60, "answer " * 30), ("short", "", "word")]
    assert max(map(len, columns(rows, width))) <= width


@contextlib.asynccontextmanager
async def dimmer() -> AsyncIterator[int]:
    """A WB-MDM3 as unit 2 whose output 1 is on at 40 %, and that knows no diagnostics but the mains."""
    on = [SimData(0, values=[False, True] + [False] * 14, datatype=DataType.BITS)]
    level = [SimData(0, values=[0, 40, 0], datatype=DataType.REGISTERS)]
    inputs = [SimData(97, values=[1], datatype=DataType.REGISTERS)]
    server = ModbusTcpServer(SimDevice(2, simdata=(on, on, level, inputs)), address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    try:
        yield server.transport.sockets[0].getsockname()[1]
    finally:
        await server.shutdown()


@pytest.fixture
def sensor() -> Iterator[str]:
    """Port of an A02 sensor that sends the vendor's frame of 1953 mm ten times a second."""
    far, near = os.openpty()
    tty.setraw(near)
    done = threading.Event()

    def send() -> None:
        while not done.wait(0.1):
            os.write(far, bytes.fromhex("FF07A1A7"))

    sending = threading.Thread(target=send)
    sending.start()
    yield os.ttyname(near)
    done.set()
    sending.join()
    os.close(far)
    os.close(near)


def test_probe_asks_every_device_and_says_what_came_of_it(written: Written, sensor: str) -> None:
    async def ask() -> dict[str, Answer]:
        async with dimmer() as port:
            text = (
                LAMPS.format(port=port)
                + BAYS.format(port=sensor)
                + BAYS.format(port="/dev/nowhere").replace("-1", "-2")
            )
            config = examine(written(text)).config
            return {answer.name: answer for answer in await probe(config)}

    answers = asyncio.run(ask())
    assert {name: answer.answered for name, answer in answers.items()} == {
        "path-light": True,
        "bridge": False,
        "ultra-1": True,
        "ultra-2": False,
    }
    assert answers["path-light"].text.startswith("output_on, dim_level_percent 40, mains_present, ")
    assert "register 100" in answers["path-light"].text
    assert "unit 3" in answers["bridge"].text
    assert answers["ultra-1"].text == "distance_mm 1953"
    assert answers["ultra-2"].text.startswith("serial port /dev/nowhere does not exist")


def test_probe_asks_a_camera_too(written: Written, tmp_path: Path) -> None:
    """The camera's process is started: here it finds no weights."""
    camera = """
[camera.cam]
source = "street.mp4"
[zone.stop]
camera = "cam"
category = "bus_lane"
polygon = [[0, 0], [100, 0], [100, 100]]
"""
    (answer,) = asyncio.run(probe(examine(written(camera)).config))
    assert (answer.name, answer.answered) == ("cam", False)
    assert answer.text.startswith(f"model ssd-mobilenet-v2-oidv4: {tmp_path}/object_detection")


METER = """
[meter.feeder]
line = "cabinet"
unit = 2
profile = "own-meter"
period = "1min"
"""


def test_a_meter_is_shown_and_asked(written: Written, tmp_path: Path) -> None:
    folder = tmp_path / "profiles"
    folder.mkdir()
    (folder / "own-meter.toml").write_text(
        'description = "A meter of ours"\n[register.supply_voltage_v]\nfunction = 4\naddress = 97\ntype = "u16"\n'
        'unit = "V"\nnominal = 120\n'
        '[register.frequency_hz]\nfunction = 4\naddress = 200\ntype = "u16"\nunit = "Hz"\n'
    )

    async def ask() -> tuple[list[Answer], str]:
        async with dimmer() as port:
            file = written(LAMPS.format(port=port).partition("[lamp")[0] + METER)
            file.write_text(file.read_text().replace("[uplink]", f'profiles_dir = "{folder}"\n[uplink]'))
            config = examine(file).config
            return await probe(config), check.table(config, [])

    (answer,), table = asyncio.run(ask())
    assert (answer.name, answer.answered) == ("feeder", True)
    assert answer.text.startswith("supply_voltage_v 1, unit 2 on line cabinet has no register 200")
    assert "METERS\n  feeder  A meter of ours  every 1min, alarms outside 108 to 132 V" in table
    assert ["unit", "2", "feeder", "own-meter"] in [line.split() for line in table.splitlines()]


SENSORS = """
[lorawan.town]
host = "127.0.0.1"
port = {port}
protocol = "3.1.1"
[lorawan.away]
host = "127.0.0.1"
port = 1
[sensor.disc-1]
kind = "lorawan"
network = "town"
dev_eui = "70B3D5A1C0DE0001"
model = "bosch-tps110"
[sensor.disc-2]
kind = "lorawan"
network = "away"
dev_eui = "70b3d5a1c0de0002"
model = "milesight-em310-udl"
heartbeat = "1h"
[sensor.loop]
kind = "gpio"
chip = "{chip}"
offset = 4
[line.lot]
kind = "tcp"
host = "127.0.0.1"
port = 1
[sensor.ultra-9]
kind = "modbus"
line = "lot"
unit = 11
profile = "dfrobot-sen0310"
"""


def test_each_kind_of_sensor_is_shown_with_how_it_reports(written: Written) -> None:
    config = examine(written(SENSORS.format(port=1883, chip="/dev/gpiochip0"))).config
    table = check.table(config, [])
    assert max(map(len, table.splitlines())) <= WIDTH
    lines = [line.split() for line in table.splitlines()]
    assert ["unit", "11", "ultra-9", "dfrobot-sen0310"] in lines
    assert table.partition("LORAWAN\n")[2].partition("\n\n")[0].splitlines() == [
        "  town  127.0.0.1:1883  MQTT 3.1.1, this box only, no TLS  no login  1 sensor",
        "  away  127.0.0.1:1     MQTT 5, this box only, no TLS      no login  1 sensor",
    ]
    assert table.partition("SENSORS\n")[2].partition("\n\n")[0].splitlines() == [
        "  disc-1   bosch-tps110         town, 70b3d5a1c0de0001  by occupied, each 1d",
        "  disc-2   milesight-em310-udl  away, 70b3d5a1c0de0002  by distance, each 1h",
        "  loop     contact, active low  /dev/gpiochip0, line 4  by occupied, each 4s",
        "  ultra-9  dfrobot-sen0310      lot, unit 11            by distance, each 1s",
    ]


def test_a_network_answers_for_its_sensors_and_a_contact_tells_its_level(written: Written) -> None:
    async def ask() -> dict[str, Answer]:
        with TemporaryDirectory() as folder:
            running = broker()
            await running.start()
            try:
                async with Chip(Path(folder) / "chip") as chip:
                    text = SENSORS.format(port=broker_port(running), chip=chip.path)
                    config = examine(written(text)).config
                    return {answer.name: answer for answer in await probe(config)}
            finally:
                await running.shutdown()

    answers = asyncio.run(ask())
    assert {name: answer.answered for name, answer in answers.items()} == {
        "ultra-9": False,
        "town": True,
        "away": False,
        "loop": True,
    }
    assert answers["town"].text == "its broker answers; the sensors speak by themselves"
    assert "MQTT broker 127.0.0.1:1" in answers["away"].text
    assert answers["loop"].text == "occupied True"


def test_the_command_prints_the_table(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    assert check.run(written(LAMPS.format(port=1502)), probe=False) == 0
    out = capsys.readouterr().out
    assert "LAMPS\n  path-light" in out
    assert "PROBE" not in out


def test_a_profile_of_1500_registers_is_checked_within_two_seconds(
    written: Written, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '\ufeffdescription = "many"\n'
    for number in range(1500):
        text += f'[register.value_{number}_v]\nfunction = 3\naddress = {number}\ntype = "u16"\nunit = "V"\n'
    (tmp_path / "many.toml").write_text(text, "utf-8")
    meter = '[line.bus]\nkind = "tcp"\nhost = "127.0.0.1"\n[meter.m1]\nline = "bus"\nunit = 3\nprofile = "many"\n'
    file = written(meter)
    file.write_text(file.read_text().replace("[uplink]", f'profiles_dir = "{tmp_path}"\n[uplink]', 1))
    begun_s = time.process_time()
    assert check.run(file, probe=False) == 0
    assert time.process_time() - begun_s < 2.0
    assert "many registers" not in capsys.readouterr().err


def test_the_command_fails_when_a_device_does_not_answer(
    written: Written, capsys: pytest.CaptureFixture[str], raw_broker: Any, tmp_path: Path
) -> None:
    async def run(text: str) -> int:
        async with raw_broker("5") as broker:
            file = written(f'[store]\npath = "{tmp_path}/lamppost.db"\n' + text)
            pole = file.read_text().replace("[uplink]\n", f"[uplink]\nport = {broker.port}\n")
            file.write_text(pole.replace("[pole]\n", '[pole]\nclock = "rtc"\n'))
            return await asyncio.to_thread(check.run, file, True)

    assert asyncio.run(run(BAYS.format(port="/dev/nowhere"))) == 1
    assert "PROBE\n  !  ultra-1  serial port /dev/nowhere does not exist" in capsys.readouterr().out
    assert asyncio.run(run("")) == 0


def test_a_wrong_configuration_is_not_shown_at_all(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match="did you mean"):
        check.run(written("[kerp]\n"), probe=True)
    assert capsys.readouterr().out == ""


def test_promise_a_wrong_configuration_never_starts_half_a_pole(written: Written) -> None:
    """Exit 78 and every error on standard error, in both commands."""
    file = written('[kerp]\n[line.a]\nkind = "tcp"\nhost = 1\n')
    for command in (["check", str(file)], ["run", "-c", str(file)]):
        done = subprocess.run([sys.executable, "-m", "agent", *command], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (78, "")
        assert [line.split(": ")[0] for line in done.stderr.splitlines()] == [f"{file}:10", f"{file}:13"]


PROGRAMS = """
[program.path]
on = "dusk"
off = "dawn"
photocell = "cell"
presence = [{ by = ["bay-1"], level_percent = 90, hold = "3min", from = "22:00" }]
[calendar.town]
program = "street"
rules = [{ program = "path", days = ["mon"] }]
"""


@pytest.fixture
def town(written: Written, tmp_path: Path) -> Path:
    """Two lamps, a calendar, presence and a photocell: a profile of one's own that reports dark."""
    (tmp_path / "own.toml").write_text(
        'description = "a relay with a photocell"\n'
        '[register.level_percent]\nfunction = 3\naddress = 0\ntype = "u16"\nunit = "%"\nwrite = 6\n'
        '[register.dark]\nfunction = 2\naddress = 0\ntype = "coil"\n'
        '[lamp]\nlevel = "level_percent"\n'
    )
    cell = '[lamp.cell]\nline = "cabinet"\nunit = 9\nprofile = "own"\ncalendar = "town"\nfloor_percent = 30\n'
    file = written(LAMPS.format(port=1502) + BAYS.format(port="/dev/ttyX") + PROGRAMS + cell)
    file.write_text(file.read_text().replace("[pole]", f'[pole]\nprofiles_dir = "{tmp_path}"'))
    return file


def test_a_calendar_and_what_the_switchings_do_not_show(town: Path) -> None:
    config = examine(town).config
    tables = (check.table(config, [], date(2026, 12, day)).partition("LAMPS")[2] for day in (21, 22))
    monday, tuesday = (table.partition("\n\n")[0].rpartition("  cell  ")[2] for table in tables)
    assert [line.strip() for line in monday.splitlines()] == [
        "town, path: dusk to dawn         tonight 17:33 100 %, 07:44 off",
        "Max 90 % for 3min after bay-1 from 22:00 to off",
        "when it burns, at least 30 %",
        "without a clock by the photocell cell",
    ]
    assert "town, street: sunset-10min to sunrise" in tuesday


def test_the_picture_is_svg_that_shows_every_lamp_and_both_weeks(town: Path) -> None:
    config = examine(town).config
    drawn = picture(config, date(2026, 11, 22))
    texts = ["".join(each.itertext()) for each in ElementTree.fromstring(drawn).iter(f"{SVG}text")]
    assert {"December 2026", "June 2027", "path-light", "bridge", "cell", "town", "set 16:58", "rise 05:51"} <= set(
        texts
    )
    assert sum("SIMULATED" in text for text in texts) == 1
    assert drawn == picture(config, date(2026, 11, 22))


@pytest.mark.parametrize("latitude", ["78.2", "-54.8", "0.1"])
def test_the_picture_of_any_place(town: Path, latitude: str) -> None:
    town.write_text(town.read_text().replace("latitude = 45.7640", f"latitude = {latitude}"))
    config = examine(town).config
    texts = ["".join(each.itertext()) for each in ElementTree.fromstring(picture(config, date(2027, 3, 1))).iter()]
    assert ("no sunset" in texts) == (latitude == "78.2")
    assert {"December 2027", "June 2027"} <= set(texts)


def test_the_command_writes_the_picture(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(town), "--plot", str(tmp_path / "week.svg")]) == 0
    assert (tmp_path / "week.svg").read_text().startswith("<svg")
    assert main(["check", str(town), "--plot", str(tmp_path / "week.png")]) == 1
    assert main(["check", str(town), "--plot", str(tmp_path / "nowhere" / "week.svg")]) == 1
    errors = capsys.readouterr().err
    assert f"write for example {tmp_path}/week.svg" in errors
    assert "No such file" in errors


def test_a_zone_under_a_rule_is_shown_with_it_and_the_rule_with_whom_it_exempts(written: Written) -> None:
    kerb = """
[camera.cam]
source = "street.mp4"
[zone.stop]
camera = "cam"
rule = "stops"
polygon = [[0, 0], [100, 0], [100, 100]]
[rule.stops]
category = "bus_lane"
limit = "2min"
exempt_classes = ["car"]
"""
    found = examine(written(kerb))
    config, warnings = found.config, found.warnings
    table = check.table(config, warnings, date(2026, 12, 21))
    assert "    stop  bus_lane    rule stops" in table
    assert table.split("RULES\n")[1].splitlines()[:2] == [
        "  stops  bus_lane  limit 2min  always",
        "                               but car",
    ]


RULES = """
[bay.bay-2]
sensor = "ultra-2"
rule = "blue-zone"
[sensor.ultra-2]
kind = "a02"
port = "/dev/ttyY"
[rule.blue-zone]
category = "blue_zone"
limit = "1h 30min"
outside = "pause"
windows = [
    { days = ["mon", "tue", "wed"], from = "09:00", to = "12:00" },
    { days = ["sat", "holiday"], from = "14:00" },
]
orders = [
    { name = "market", rule = "empty", from = "2026-12-07 06:00", windows = [{ days = ["wed"], to = "15:00" }] },
    { name = "snow", from = "2027-01-01 00:00", to = "2027-01-02 00:00" },
]
[rule.empty]
category = "no_parking"
limit = "0s"
"""


def test_rules_that_bays_use_with_their_hours_and_what_takes_their_place(written: Written) -> None:
    found = examine(written(BAYS.format(port="/dev/ttyX") + RULES))
    config, warnings = found.config, found.warnings
    table = check.table(config, warnings, date(2026, 12, 21))
    assert table.split("RULES\n")[1].splitlines() == [
        "  blue-zone  blue_zone   limit 1h 30min          mon-wed 09:00-12:00",
        "                                                 sat holiday 14:00-24:00",
        "                                                 hours between windows do not count",
        "                         market: empty           from 2026-12-07 06:00",
        "                                                 wed 00:00-15:00",
        "                         snow: no limit          from 2027-01-01 00:00 to 2027-01-02 00:00",
        "                                                 ends on 2027-01-02 00:00, within 14 days",
        "  empty      no_parking  nobody may stand there  always",
        "                                                 articles of Code de la route",
    ]
