"""docs/adding-a-device.md: its walk is done as written, and it names every key."""

import asyncio
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers import profile
from drivers.lorawan.profile.schema import (
    ChannelTable,
    Condition,
    FrameTable,
    SensorTables,
    TlvTable,
    ValueTable,
    VectorTable,
)
from drivers.profile.schema import (
    FailsafeTable,
    FeedTable,
    Hole,
    LampTable,
    PollTable,
    Probe,
    ProfileTables,
    Register,
)

PAGE = (Path(__file__).parents[2] / "docs" / "adding-a-device.md").read_text()
LINE, PROFILE, LAMP, LORAWAN_PROFILE, LORAWAN_SENSOR = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
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


@pytest.mark.expects_log("uplink to 127.0.0.1:1 is down: connection refused")
def test_the_walk_is_done_as_written(serial_slaves: Any, file: Path) -> None:
    async def main() -> None:
        async with serial_slaves(dimmer()) as port, asyncio.timeout(180):
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
            for shown in (printed("lamppost check", 0), printed("lamppost check", 1)):
                assert set(shown) <= set(checked)
            assert (await lamppost(*scan)).splitlines() == printed("lamppost scan", 1)
            assert await set_level(file) == printed("lamppost set")

    asyncio.run(main())


async def by_hand(port: str) -> list[str]:
    """What mbpoll reads from the dimmer, without its first line."""
    (command,) = (line for line, _ in CONSOLES if line.startswith("mbpoll"))
    arguments = command.replace("/dev/ttyUSB0", port).split()
    process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return [line for line in out.decode().splitlines() if line.startswith("[")]


async def set_level(file: Path) -> list[str]:
    """The daemon is started, and told what the page tells it."""
    command = (sys.executable, "-m", "agent", "run", "-c", str(file))
    with (file.parent / "daemon.log").open("ab") as log:
        daemon = await asyncio.create_subprocess_exec(*command, stderr=log, env=os.environ)
    socket = file.parent / "lamppost.sock"
    while not socket.exists():
        await asyncio.sleep(0.05)
    try:
        return (await lamppost("set", "hall", "40", "--for", "5min", "-c", str(file))).splitlines()
    finally:
        daemon.terminate()
        await daemon.wait()


def test_what_was_written_reaches_the_registers_of_the_manual(tmp_path: Path) -> None:
    (tmp_path / "nocturne-dx1.toml").write_text(PROFILE)
    bound = profile.load("nocturne-dx1", tmp_path).bind()
    printed_in_manual = {int(number) for number in re.findall(r"\b([34]0\d{3})\b", PAGE.partition("### 1.")[0])}
    wires = {one.address + (40001 if one.register.function == 3 else 30001) for one in bound.registers.values()}
    assert wires <= printed_in_manual
    assert bound.registers["dim_level_percent"].writing(40).words == [400]
    assert len(bound.reads) == 3, "levels in one read, power and status in one, energy and temperature in one"


def test_the_walk_of_a_lorawan_sensor_is_done_as_written(file: Path) -> None:
    async def main() -> None:
        own = file.parent / "profiles" / "lorawan" / "my-ldds45.toml"
        own.parent.mkdir(parents=True)
        network = '[lorawan.town]\nhost = "127.0.0.1"\nport = 2\n'
        before = POLE.format(folder=file.parent, profiles="profiles") + network
        file.write_text(before + LORAWAN_SENSOR)
        own.write_text(LORAWAN_PROFILE)
        assert set(printed("lamppost check", 2)) <= set((await lamppost("check", str(file))).splitlines())
        own.write_text(LORAWAN_PROFILE.replace("2799", "279"))
        (said,) = printed("lamppost check", 3)
        line = 1 + len((before + LORAWAN_SENSOR.partition("model =")[0]).splitlines())
        said = said.replace("lamppost.toml:16:", f"lamppost.toml:{line}:").replace("/etc/lamppost", str(file.parent))
        assert (await lamppost("check", str(file), told="stderr")).strip() == said

    asyncio.run(main())


def keys() -> Iterator[tuple[str, str]]:
    for kind in (ProfileTables, Register, PollTable, Hole, Probe, LampTable, FailsafeTable):
        for field in structs.fields(kind):
            yield kind.__name__, field.encode_name
    yield from (("FeedTable", f"feed.{field.encode_name}") for field in structs.fields(FeedTable))


TABLES = {"register", "poll", "hole", "probe", "lamp", "failsafe"}


@pytest.mark.parametrize(("table", "key"), list(keys()), ids=lambda part: part)
def test_every_key_of_a_profile_is_explained(table: str, key: str) -> None:
    explained = PAGE.partition("## Every key")[2].partition("## What is done")[0]
    if table == "ProfileTables" and key in TABLES:
        assert re.search(rf"^### `\[+{key}\b", explained, re.MULTILINE)
    else:
        assert key == "feed" or re.search(rf"^\|[^|]*`{re.escape(key)}`", explained, re.MULTILINE)


@pytest.mark.parametrize("kind", [SensorTables, FrameTable, TlvTable, ChannelTable, ValueTable, VectorTable, Condition])
def test_every_key_of_a_lorawan_profile_is_explained(kind: Any) -> None:
    explained = PAGE.partition("### Every key of a LoRaWAN profile")[2].partition("### In code")[0]
    prefix = {TlvTable: "tlv.", ChannelTable: "(?:channel.NAME.)?"}.get(kind, "")
    for field in structs.fields(kind):
        key = prefix + field.encode_name
        if kind is SensorTables and field.encode_name in {"tlv", "frame", "channel", "value", "vector"}:
            key = rf"\[+{field.encode_name}(?:\.NAME)?\]+"
        if kind is not Condition:
            assert re.search(rf"^\|[^|]*`{key}`", explained, re.MULTILINE), key
        assert field.encode_name in explained


def test_every_type_is_named() -> None:
    for field in structs.fields(Register):
        if field.name == "type":
            assert all(f'`"{kind}"`' in PAGE for kind in field.type.__args__)
