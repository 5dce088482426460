"""docs/adding-a-device.md: its walk is done as written, and it names every key."""

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from patience import PATIENCE_S
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers import profile
from drivers.gpio import profile as input_profile
from drivers.gpio.profile import schema as input_schema
from drivers.lorawan.profile.schema import (
    ChannelTable,
    Condition,
    FrameTable,
    SensorTables,
    TlvTable,
    ValueTable,
    VectorTable,
)
from drivers.lorawan.profile.schema import LampTable as OfLamps
from drivers.profile.schema import (
    FailsafeTable,
    FeedTable,
    Hole,
    LampTable,
    PollTable,
    Probe,
    ProfileTables,
    Register,
    SilentTable,
)
from drivers.serial import profile as serial_profile
from drivers.serial.profile import schema as serial_schema

SERIAL_TABLES = [
    serial_schema.SerialTables,
    serial_schema.PortTable,
    serial_schema.FrameTable,
    serial_schema.CheckTable,
    serial_schema.MessageTable,
    serial_schema.LineTable,
    serial_schema.CommandTable,
    serial_schema.SilentTable,
    serial_schema.ValueTable,
    serial_schema.VectorTable,
]

PAGE = (Path(__file__).parents[2] / "docs" / "adding-a-device.md").read_text()
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
FIRST_PROFILE, FIRST_FILE, *REST = BLOCKS
LINE, PROFILE, LAMP, RELAYS, ON_CHIP, GATEWAY, OWN_GATEWAY, ON_LORAWAN, LORAWAN_PROFILE, LORAWAN_SENSOR = REST[:10]
SERIAL_PROFILE, SERIAL_SENSOR, LINE_PROFILE, INPUT_PROFILE, INPUT_SENSOR, STATION = REST[10:]
CONSOLES = re.findall(r"```console\n\$ (.*?)\n(.*?)```", PAGE, re.DOTALL)
"""Each command, and what it printed."""

POLE = """
[pole]
id = "pole-1"
site = "exampletown"
latitude = 45.7640
longitude = 4.8357
clock = "rtc"
socket = "{folder}/lamppost.sock"
profiles_dir = "{folder}/{profiles}"
[store]
path = "{folder}/lamppost.db"
[uplink]
host = "127.0.0.1"
port = 1
"""


AT_A_DESK = """clock = "rtc"
socket = "{folder}/lamppost.sock"
profiles_dir = "{folder}/profiles"

[store]
path = "{folder}/lamppost.db"
"""


def aeris() -> SimDevice:
    """The Aeris T1 of the page's data sheet: 21.5 °C, 45.6 %, 1013.5 hPa."""
    bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    holding = [SimData(0, values=[0], datatype=DataType.REGISTERS)]
    inputs = [SimData(0, values=[215, 456, 0x6000, 0x447D], datatype=DataType.REGISTERS)]
    return SimDevice(1, simdata=(bits, bits, holding, inputs))


def dimmer() -> SimDevice:
    """The Nocturne DX-1 of the page's manual."""
    registers = {0: [0, 0], 100: [0, 0], 900: [ord(each) for each in "DX-1"]}
    bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    holding = [SimData(at, values=values, datatype=DataType.REGISTERS) for at, values in registers.items()]
    inputs = [SimData(10, values=[425, 70001 & 0xFFFF, 70001 >> 16, 312, 0], datatype=DataType.REGISTERS)]
    return SimDevice(4, simdata=(bits, bits, holding, inputs))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lamppost.toml"


def printed(command: str, number: int = 0) -> list[str]:
    """What the page shows under the `number`th console of `command`, without what it leaves out."""
    shown = [text for line, text in CONSOLES if line.startswith(command)][number]
    return shown.removeprefix("...\n").strip().splitlines()


async def lamppost(*arguments: str, told: str = "stdout") -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "agent", *arguments, env=os.environ, **{told: asyncio.subprocess.PIPE}
    )
    both = await process.communicate()
    return (both[0] or both[1] or b"").decode()


def test_the_first_observation_is_made_as_written(serial_slaves: Any, file: Path) -> None:
    async def main() -> list[str]:
        (file.parent / "profiles").mkdir()
        (file.parent / "profiles" / "aeris-t1.toml").write_text(FIRST_PROFILE)
        async with serial_slaves(aeris()) as port, asyncio.timeout(PATIENCE_S):
            text = FIRST_FILE.replace("/dev/ttyUSB0", port)
            file.write_text(text.replace("\n\n", f"\n{AT_A_DESK.format(folder=file.parent)}\n", 1))
            return (await lamppost("check", str(file), "--probe")).splitlines()

    shown = [line for line in printed("lamppost check", 0) if line != "..."]
    assert set(shown) <= set(asyncio.run(main()))


@pytest.mark.expects_log("uplink to 127.0.0.1:1 is down: connection refused")
def test_the_walk_is_done_as_written(serial_slaves: Any, file: Path) -> None:
    async def main() -> None:
        async with serial_slaves(dimmer()) as port, asyncio.timeout(2 * PATIENCE_S):
            line = LINE.replace("/dev/ttyUSB0", port)
            scan = ("scan", "rs485", "-c", str(file), "--units", "1-10")
            file.write_text(POLE.format(folder=file.parent, profiles="none") + line)
            assert (await lamppost(*scan)).splitlines() == printed("lamppost scan", 0)

            assert (await by_hand(port)) == printed("mbpoll")[1:]

            own_dir = file.parent / "profiles"
            own_dir.mkdir()
            (own_dir / "nocturne-dx1.toml").write_text(PROFILE)
            file.write_text(POLE.format(folder=file.parent, profiles="profiles") + line + LAMP)
            checked = (await lamppost("check", str(file), "--probe")).splitlines()
            for shown in (printed("lamppost check", 1), printed("lamppost check", 2)):
                assert set(shown) <= set(checked)
            assert (await lamppost(*scan)).splitlines() == printed("lamppost scan", 1)
            assert await ordered(file, "hall 40") == [printed("lamppost set")]

    asyncio.run(main())


async def by_hand(port: str) -> list[str]:
    """What mbpoll reads from the dimmer, without its first line."""
    (command,) = (line for line, _ in CONSOLES if line.startswith("mbpoll"))
    arguments = command.replace("/dev/ttyUSB0", port).split()
    process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return [line for line in out.decode().splitlines() if line.startswith("[")]


async def ordered(file: Path, *orders: str) -> list[list[str]]:
    """The daemon is started, and told what the page tells it: lamp and level of each order."""
    command = (sys.executable, "-m", "agent", "run", "-c", str(file))
    with (file.parent / "daemon.log").open("ab") as log:
        daemon = await asyncio.create_subprocess_exec(*command, stderr=log, env=os.environ)
    socket = file.parent / "lamppost.sock"
    while not socket.exists():
        await asyncio.sleep(0.05)
    try:
        given = [("set", *each.split(), "--for", "5min", "-c", str(file)) for each in orders]
        return [(await lamppost(*each)).splitlines() for each in given]
    finally:
        daemon.terminate()
        await daemon.wait()


def test_what_was_written_reaches_the_registers_of_the_manual(tmp_path: Path) -> None:
    (tmp_path / "nocturne-dx1.toml").write_text(PROFILE)
    bound = profile.load("nocturne-dx1", tmp_path).bind()
    printed_in_manual = {
        int(number) for number in re.findall(r"\b([34]0\d{3})\b", PAGE.partition("## A walk: from")[2])
    }
    wires = {one.address + (40001 if one.register.function == 3 else 30001) for one in bound.registers.values()}
    assert wires <= printed_in_manual
    assert bound.registers["dim_level_percent"].writing(40).words == [400]
    assert len(bound.reads) == 3, "levels in one read, power and status in one, energy and temperature in one"


def test_the_walk_of_a_relay_is_done_as_written(file: Path) -> None:
    own = file.parent / "profiles" / "contacta-r4.toml"
    own.parent.mkdir()
    own.write_text(RELAYS)
    lamp = '[lamp.circuit-3]\nline = "rs485"\nunit = 2\nprofile = "contacta-r4"\nchannel = 2\nprogram = "part-night"\n'
    program = (
        '[program.part-night]\non = "sunset"\noff = "sunrise"\nsteps = [\n{ at = "23:00", level_percent = 40 },\n]\n'
    )
    file.write_text(POLE.format(folder=file.parent, profiles="profiles") + LINE + lamp + program)
    (said,) = printed("lamppost check", 3)
    assert without_lines(said, "/etc/lamppost") in without_lines(
        asyncio.run(lamppost("check", str(file), told="stderr")), str(file.parent)
    )


def module_of_relays() -> SimDevice:
    """The Contacta R4 of the page."""
    coils = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    registers = [SimData(0, values=[0], datatype=DataType.REGISTERS)]
    return SimDevice(2, simdata=(coils, coils, registers, registers))


@pytest.mark.expects_log("uplink to 127.0.0.1:1 is down: connection refused")
@pytest.mark.may_log("circuit-3 did not take 40 %")
def test_a_relay_is_asked_and_set_as_written(serial_slaves: Any, file: Path) -> None:
    async def main() -> None:
        own = file.parent / "profiles" / "contacta-r4.toml"
        own.parent.mkdir()
        own.write_text(RELAYS)
        lamp = '[lamp.circuit-3]\nline = "rs485"\nunit = 2\nprofile = "contacta-r4"\nchannel = 2\n'
        async with serial_slaves(module_of_relays()) as port, asyncio.timeout(2 * PATIENCE_S):
            pole = POLE.format(folder=file.parent, profiles="profiles")
            file.write_text(pole + LINE.replace("/dev/ttyUSB0", port) + lamp)
            checked = (await lamppost("check", str(file), "--probe")).splitlines()
            assert set(printed("lamppost check", 4)) <= set(checked)
            first, second = await ordered(file, "circuit-3 100", "circuit-3 40")
            assert [first[0], "$ lamppost set circuit-3 40 --for 5min", second[0]] == printed("lamppost set", 1)

    asyncio.run(main())


def without_lines(text: str, folder: str) -> str:
    """What was said, wherever the lines stand."""
    return re.sub(r"(?<=toml:)\d+|(?<=on line )\d+", "#", text).replace(folder, "")


def test_the_lamp_behind_lorawan_is_a_right_configuration(file: Path) -> None:
    file.write_text(POLE.format(folder=file.parent, profiles="profiles") + ON_LORAWAN)
    rows = [line.split() for line in asyncio.run(lamppost("check", str(file))).splitlines()]
    assert ["depot", "no", "program", "always", "100", "%"] in rows


def test_the_lamp_on_the_box_itself_is_a_right_configuration(file: Path) -> None:
    file.write_text(POLE.format(folder=file.parent, profiles="profiles") + ON_CHIP)
    rows = [line.split() for line in asyncio.run(lamppost("check", str(file))).splitlines()]
    assert ["yard", "no", "program", "always", "100", "%"] in rows


def test_the_gateway_of_the_page_is_a_right_configuration(file: Path) -> None:
    file.write_text(POLE.format(folder=file.parent, profiles="profiles") + GATEWAY)
    assert "lime-1" in asyncio.run(lamppost("check", str(file)))


def gateway() -> SimDevice:
    """The gateway of the page with its first ballast, which burns at once as it is told."""
    values = {5: [0b100] + [0] * 10, 80: [0, 0, 0], 25036: [0, 17], 25050: [0, 31]}
    coils = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    holding = [SimData(at, values=each, datatype=DataType.REGISTERS) for at, each in values.items()]
    inputs = [SimData(0, values=[0], datatype=DataType.REGISTERS)]

    async def obey(function: int, start: int, address: int, count: int, registers: list[int], values: Any) -> None:
        if values and address == 15:
            registers[6 - start] = values[0]

    return SimDevice(1, simdata=(coils, coils, holding, inputs), action=obey)


@contextlib.asynccontextmanager
async def on_tcp(device: SimDevice) -> AsyncIterator[int]:
    """pymodbus's server; gives its port."""
    server = ModbusTcpServer([device], address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    try:
        yield server.transport.sockets[0].getsockname()[1]
    finally:
        await server.shutdown()


@pytest.mark.expects_log("uplink to 127.0.0.1:1 is down: connection refused")
def test_the_gateway_is_asked_and_set_as_written(file: Path) -> None:
    async def main() -> None:
        (file.parent / "profiles").mkdir()
        async with on_tcp(gateway()) as port, asyncio.timeout(2 * PATIENCE_S):
            pole = POLE.format(folder=file.parent, profiles="profiles")
            file.write_text(pole + GATEWAY.replace('"192.0.2.20"', f'"127.0.0.1"\nport = {port}'))
            checked = (await lamppost("check", str(file), "--probe")).splitlines()
            assert set(printed("lamppost check", 5)) <= set(checked)
            assert await ordered(file, "lime-1 40") == [printed("lamppost set", 2)]

    asyncio.run(main())


def other_gateway() -> SimDevice:
    """The Lucido D64 of the page with one ballast, at short address 3."""
    values = {2000: [0] * 300, 3012: [0, 170, 1, 65535], 9000: [ord(each) for each in "D64"]}
    coils = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    holding = [SimData(at, values=each, datatype=DataType.REGISTERS) for at, each in values.items()]
    inputs = [SimData(0, values=[0], datatype=DataType.REGISTERS)]

    async def obey(function: int, start: int, address: int, count: int, registers: list[int], values: Any) -> None:
        if values and address == 2003:
            registers[2103 - start] = values[0]

    return SimDevice(1, simdata=(coils, coils, holding, inputs), action=obey)


@pytest.mark.expects_log("uplink to 127.0.0.1:1 is down: connection refused")
def test_the_walk_of_a_gateway_that_is_not_shipped_is_done_as_written(file: Path) -> None:
    async def main() -> None:
        own = file.parent / "profiles" / "lucido-d64.toml"
        own.parent.mkdir()
        own.write_text(OWN_GATEWAY)
        lamp = '[lamp.lime-2]\nline = "dali"\nunit = 1\nprofile = "lucido-d64"\nshort_address = 3\nwattage_w = 42\n'
        async with on_tcp(other_gateway()) as port, asyncio.timeout(2 * PATIENCE_S):
            line = f'[line.dali]\nkind = "tcp"\nhost = "127.0.0.1"\nport = {port}\n'
            file.write_text(POLE.format(folder=file.parent, profiles="profiles") + line + lamp)
            checked = (await lamppost("check", str(file), "--probe")).splitlines()
            assert set(printed("lamppost check", 6)) <= set(checked)
            assert "  unit 1    lime-2  lucido-d64" in (await lamppost("scan", "dali", "-c", str(file), "--units", "1"))
            assert await ordered(file, "lime-2 40") == [printed("lamppost set", 3)]

    asyncio.run(main())


def test_the_walk_of_a_lorawan_sensor_is_done_as_written(file: Path) -> None:
    async def main() -> None:
        own = file.parent / "profiles" / "lorawan" / "my-ldds45.toml"
        own.parent.mkdir(parents=True)
        before = POLE.format(folder=file.parent, profiles="profiles")
        file.write_text(before + LORAWAN_SENSOR)
        own.write_text(LORAWAN_PROFILE)
        assert set(printed("lamppost check", 7)) <= set((await lamppost("check", str(file))).splitlines())
        own.write_text(LORAWAN_PROFILE.replace("2799", "279"))
        (said,) = printed("lamppost check", 8)
        line = 1 + len((before + LORAWAN_SENSOR.partition("model =")[0]).splitlines())
        said = said.replace("lamppost.toml:16:", f"lamppost.toml:{line}:").replace("/etc/lamppost", str(file.parent))
        assert (await lamppost("check", str(file), told="stderr")).strip() == said

    asyncio.run(main())


def test_the_walk_of_a_serial_sensor_is_done_as_written(file: Path) -> None:
    async def main() -> str:
        own = file.parent / "profiles" / "serial" / "dustfinder-q2.toml"
        own.parent.mkdir(parents=True)
        own.write_text(SERIAL_PROFILE)
        file.write_text(POLE.format(folder=file.parent, profiles="profiles") + SERIAL_SENSOR)
        return await lamppost("check", str(file))

    (row,) = [line for line in printed("lamppost check", 9) if "dustfinder" in line]
    assert row in asyncio.run(main()).splitlines()


def test_the_other_profiles_of_the_page_are_sound(tmp_path: Path) -> None:
    for folder, text in {"serial": LINE_PROFILE, "gpio": INPUT_PROFILE}.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.toml").write_text(text)
    assert serial_profile.load("mine", tmp_path).tables.quantities == {"temperature_c", "humidity_percent"}
    assert input_profile.load("mine", tmp_path).tables.quantities == {"water_l", "pulse_count", "sensor_fault"}


def test_the_contact_of_the_page_is_a_right_configuration(file: Path) -> None:
    (file.parent / "gpio").mkdir()
    (file.parent / "gpio" / "water-10.toml").write_text(INPUT_PROFILE)
    file.write_text(POLE.format(folder=file.parent, profiles="") + INPUT_SENSOR)
    assert "tells pulse_count, sensor_fault, water_l" in asyncio.run(lamppost("check", str(file)))


def test_every_key_of_the_profile_of_an_input_is_explained() -> None:
    explained = PAGE.partition("## A contact, or pulses")[2].partition("## From readings")[0]
    for kind in (input_schema.InputTables, input_schema.VectorTable):
        for field in structs.fields(kind):
            assert re.search(rf"`{field.encode_name}\b|\[{field.encode_name}\]", explained), field.encode_name
    assert "`of`" in explained and "`still`" in explained


@pytest.mark.parametrize("kind", SERIAL_TABLES)
def test_every_key_of_a_serial_profile_is_explained(kind: Any) -> None:
    explained = PAGE.partition("### Every key of a serial profile")[2].partition("## A contact, or pulses")[0]
    for field in structs.fields(kind):
        assert f"`{field.encode_name}`" in explained or f"[{field.encode_name}" in explained, field.encode_name


def keys() -> Iterator[tuple[str, str]]:
    for kind in (ProfileTables, Register, PollTable, Hole, Probe, SilentTable, LampTable, FailsafeTable):
        for field in structs.fields(kind):
            yield kind.__name__, field.encode_name
    yield from (("FeedTable", f"feed.{field.encode_name}") for field in structs.fields(FeedTable))


TABLES = {"register", "poll", "hole", "probe", "fault", "silent", "vector", "lamp", "failsafe"}


@pytest.mark.parametrize(("table", "key"), list(keys()), ids=lambda part: part)
def test_every_key_of_a_profile_is_explained(table: str, key: str) -> None:
    explained = PAGE.partition("## Every key")[2].partition("## What is done")[0]
    if table == "ProfileTables" and key in TABLES:
        assert re.search(rf"^### `\[+{key}\b", explained, re.MULTILINE)
    else:
        own = re.search(rf"^### `\[lamp\.{key}\]", explained, re.MULTILINE)  # a table of its own
        assert key == "feed" or own or re.search(rf"^\|[^|]*`{re.escape(key)}`", explained, re.MULTILINE)


@pytest.mark.parametrize(
    "kind", [SensorTables, FrameTable, TlvTable, ChannelTable, ValueTable, VectorTable, Condition, OfLamps]
)
def test_every_key_of_a_lorawan_profile_is_explained(kind: Any) -> None:
    explained = PAGE.partition("### Every key of a LoRaWAN profile")[2].partition("### In code")[0]
    prefix = {TlvTable: "tlv.", ChannelTable: "(?:channel.NAME.)?"}.get(kind, "")
    for field in structs.fields(kind):
        key = prefix + field.encode_name
        if kind is SensorTables and field.encode_name in {"tlv", "frame", "channel", "value", "vector", "lamp"}:
            key = rf"\[+{field.encode_name}(?:\.NAME)?\]+"
        if kind is not Condition:
            assert re.search(rf"^\|[^|]*`{key}`", explained, re.MULTILINE), key
        assert field.encode_name in explained


def test_every_type_is_named() -> None:
    for field in structs.fields(Register):
        if field.name == "type":
            assert all(f'`"{kind}"`' in PAGE for kind in field.type.__args__)
