"""`lamppost scan`: real slaves on a pseudo-terminal and on TCP are found and told apart."""

import asyncio
import contextlib
import io
import os
import re
import struct
import sys
import termios
import tty
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from agent.app import App
from agent.cli import scan
from agent.cli.scan import Found, Progress, Wanted
from agent.clock import SystemClock
from agent.configuration import load
from agent.console import Ask, Console
from agent.daemon import end
from agent.diagnostics.search import asked_of, search
from agent.diagnostics.wanted import ALL_BAUDS, settings_of, units_of, wanted_of
from drivers import profile
from drivers.errors import BadAnswer, LineError, NoAnswer
from drivers.identify import answers, fitting
from drivers.line import LineOptions, SerialLine, TcpLine
from drivers.line.findings import Finding, Told
from drivers.line.frames import Request, rtu_frame
from drivers.modbus_sensor import ModbusSensor
from drivers.options import Seconds
from tests.support.virtual_time import run_settling

POLE = """
[pole]
id = "pole-1"
site = "exampletown"
latitude = 45.7640
longitude = 4.8357
socket = "{folder}/lamppost.sock"
profiles_dir = "{folder}/profiles"
[uplink]
host = "127.0.0.1"
[line.rs485]
kind = "serial"
port = "{port}"
baud = {baud}
[lamp.lamp-1]
line = "rs485"
unit = 2
profile = "wb-mdm3"
channel = 0
"""

OWN = """description = "a lamp of which nothing tells what it is"
[register.dim_level_percent]
function = 3
address = 0
type = "u16"
unit = "%"
write = 6
[lamp]
level = "dim_level_percent"
"""

Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(port: str, baud: int = 9600) -> Path:
        file = tmp_path / "lamppost.toml"
        file.write_text(POLE.format(folder=tmp_path, port=port, baud=baud))
        return file

    return write


def floats(values: Mapping[int, float]) -> list[SimData]:
    """32-bit values, high word first, at their addresses."""
    words = {at: list(struct.unpack(">HH", struct.pack(">f", value))) for at, value in values.items()}
    return [SimData(at, values=both, datatype=DataType.REGISTERS) for at, both in words.items()]


def inputs(unit: int, values: Mapping[int, float]) -> SimDevice:
    """A meter that knows function 4 alone."""
    bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    nothing = [SimData(60000, values=[0], datatype=DataType.REGISTERS)]
    return SimDevice(unit, simdata=(bits, bits, nothing, floats(values)))


def single_phase(unit: int) -> SimDevice:
    return inputs(unit, {0x00: 231.5, 0x46: 50.02})


def three_phases(unit: int) -> SimDevice:
    return inputs(unit, {0x00: 231.5, 0x02: 230.0, 0x04: 229.0, 0x46: 50.02})


def dimmer(unit: int) -> SimDevice:
    model = [ord(each) for each in "WBMD3"]
    return SimDevice(unit, simdata=[SimData(200, values=model, datatype=DataType.REGISTERS)])


def ultrasonic(unit: int) -> SimDevice:
    """A SEN0310 as delivered: it has measured nothing yet."""
    registers = [1, 0x0010, unit, 5, 1, 0, 215, 0, 4]
    return SimDevice(unit, simdata=[SimData(0, values=registers, datatype=DataType.REGISTERS)])


def stranger(unit: int) -> SimDevice:
    return SimDevice(unit, simdata=[SimData(0, values=[7], datatype=DataType.REGISTERS)])


def serial(port: str, baud: int = 9600) -> SerialLine:
    return SerialLine(port=port, baud=baud)  # type: ignore[arg-type]


async def found_on(options: LineOptions, wanted: Wanted) -> list[Found]:
    found: list[Found] = []
    profiles = [profile.load(name) for name in profile.names()]
    for error in await scan.search("rs485", options, wanted, profiles=profiles, found=found, heard=[]):
        raise error
    return found


@pytest.mark.usefixtures("lines_by_loop")
def test_several_units_on_a_serial_line_are_found_and_named(serial_slaves: Any) -> None:
    async def main() -> list[Found]:
        async with serial_slaves(dimmer(2), single_phase(5), three_phases(6), stranger(9)) as port:
            return await found_on(serial(port), Wanted((1, 2, 5, 6, 9), timeout_s=0.25))

    found = run_settling(main())
    assert [(one.unit, [each.name for each in one.profiles]) for one in found] == [
        (2, ["wb-mdm3"]),
        (5, ["eastron-sdm230"]),
        (6, ["eastron-sdm630", "eastron-sdm230"]),
        (9, []),
    ]
    assert not any(one.garbled for one in found)


@pytest.mark.usefixtures("lines_by_loop")
def test_each_speed_is_tried_and_the_right_one_told(serial_slaves: Any) -> None:
    async def main() -> list[Found]:
        async with serial_slaves(stranger(3), speed=termios.B38400) as port:
            wanted = Wanted((3,), bauds=(9600, 19200, 38400), framings=("8N1",), timeout_s=0.25)
            return await found_on(serial(port), wanted)

    (found,) = run_settling(main())
    assert isinstance(found.options, SerialLine)
    assert (found.unit, found.options.baud, found.options.parity) == (3, 38400, "N")


def test_a_setting_that_the_port_does_not_take_is_told_and_the_others_are_tried(
    serial_slaves: Any, written: Written
) -> None:
    async def main() -> tuple[int | None, str, str]:
        async with serial_slaves(stranger(3), speed=termios.B19200) as port:
            # pseudo-terminals have no parity: the kernel refuses it, as the driver of a simple adapter does
            wanted = ("--units", "3", "--bauds", "9600,19200", "--framings", "8E1,8N1")
            return await scanning(written(port), *wanted)

    status, out, err = asyncio.run(main())
    assert "does not take 9600 baud 8E1" in err and "Traceback" not in err
    assert (status, "unit 3  19200 baud 8N1" in out) == (0, True)


@pytest.mark.usefixtures("lines_by_loop")
def test_a_unit_behind_a_tcp_gateway_is_found_and_an_absent_one_is_not() -> None:
    async def main() -> list[Found]:
        async def gateway(*args: Any) -> ExcCodes | None:
            return ExcCodes.GATEWAY_NO_RESPONSE

        absent = SimDevice(8, simdata=[SimData(0, values=[0], datatype=DataType.REGISTERS)], action=gateway)
        server = ModbusTcpServer([three_phases(7), absent], address=("127.0.0.1", 0))
        await server.serve_forever(background=True)
        port = server.transport.sockets[0].getsockname()[1]
        try:
            return await found_on(TcpLine(host="127.0.0.1", port=port), Wanted((7, 8)))
        finally:
            await server.shutdown()

    (found,) = run_settling(main())
    assert (found.unit, found.profiles[0].name) == (7, "eastron-sdm630")


@pytest.mark.usefixtures("lines_by_loop")
def test_a_port_that_another_program_holds_is_refused(serial_slaves: Any) -> None:
    async def main() -> None:
        async with serial_slaves(stranger(3)) as port:
            from drivers.line import Line
            from drivers.modbus import Master

            async with Line("rs485", serial(port)) as line:
                await Master(line).read("lamp-1", 3, 3, 0, 1)
                with pytest.raises(LineError, match="held by another program"):
                    await found_on(serial(port), Wanted((3,), timeout_s=0.25))

    run_settling(main())


async def scanning(file: Path, *arguments: str) -> tuple[int | None, str, str]:
    """The command in a process of its own."""
    command = (sys.executable, "-m", "agent", "scan", "rs485", "-c", str(file), *arguments)
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=os.environ
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


def test_the_command_prints_a_table_and_what_to_paste(serial_slaves: Any, written: Written) -> None:
    async def main() -> tuple[int | None, str, str, Path]:
        slaves = (dimmer(2), dimmer(3), single_phase(5), ultrasonic(6))
        async with serial_slaves(*slaves, speed=termios.B19200) as port:
            file = written(port)
            return *await scanning(file, "--units", "2-6", "--bauds", "19200", "--timeout", "350ms"), file

    code, out, err, file = asyncio.run(main())
    assert (code, err) == (0, "")
    assert out.splitlines()[:5] == [
        "LINE rs485",
        '  unit 2  19200 baud 8N1  lamp-1          wb-mdm3; as configured: profile "wb-mdm3"',
        "  unit 3  19200 baud 8N1  not configured  wb-mdm3",
        "  unit 5  19200 baud 8N1  not configured  eastron-sdm230",
        "  unit 6  19200 baud 8N1  not configured  dfrobot-sen0310",
    ]
    assert "[lamp.unit-2]" not in out, "it is configured already"
    pasted = file.read_text().replace("baud = 9600\n", "") + out[out.index("[lamp.unit-3]") :]
    file.write_text(pasted.replace('kind = "serial"', 'kind = "serial"\n' + re.findall(r"^baud = .*", out, re.M)[0]))
    config = load(file)
    assert (config.lamp["unit-3"].profile, config.lamp["unit-3"].channel) == ("wb-mdm3", 0)
    assert config.meter["unit-5"].profile == "eastron-sdm230"
    assert config.sensor["unit-6"] == ModbusSensor(line="rs485", unit=6, profile="dfrobot-sen0310")
    assert config.line["rs485"].baud == 19200  # type: ignore[union-attr]


def test_a_line_of_an_older_daemon_is_left_alone(serial_slaves: Any, written: Written) -> None:
    async def main() -> tuple[int | None, str, str]:
        async with serial_slaves(stranger(3)) as port:
            file = written(port)

            async def status() -> dict[str, Any]:
                return {"lines": ["rs485"]}

            async def carry_out(ask: Ask) -> dict[str, Any]:
                raise AssertionError(ask)

            async def knows_no_scan(ask: Ask) -> dict[str, Any]:
                return {"error": f'"{ask.ask}" is not one of status, command, bays, tail'}

            socket = Path(load(file).pole.socket)
            daemon = asyncio.create_task(Console(socket, status, carry_out, knows_no_scan).run())
            while not socket.exists():
                await asyncio.sleep(0.01)
            try:
                return await scanning(file, "--units", "3")
            finally:
                daemon.cancel()

    code, out, err = asyncio.run(main())
    assert (code, out) == (1, "")
    assert err == "the daemon holds line rs485; stop it first: systemctl stop lamppost\n"


def test_nobody_and_no_such_line_are_told(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    file = written("/nowhere/ttyUSB0")
    assert scan.run("rs232", file, Wanted((1,))) == 1
    assert capsys.readouterr().err == f"{file} has no [line.rs232]; it has: rs485\n"
    assert scan.run("rs485", file, Wanted((1,))) == 1
    assert "serial port /nowhere/ttyUSB0 of line rs485 does not exist" in capsys.readouterr().err
    assert next(scan.report(load(file), "rs485", [], 247)).startswith("nobody answers on line rs485")


def test_a_gateway_that_answers_for_everybody_is_told(written: Written) -> None:
    config = load(written("/nowhere/ttyUSB0"))
    everybody = [Found(config.line["rs485"], unit) for unit in range(1, 11)]
    assert any("Every unit number was answered" in line for line in scan.report(config, "rs485", everybody, 10))
    assert not any("Every unit" in line for line in scan.report(config, "rs485", everybody[1:], 10))


@pytest.mark.parametrize(
    ("configured", "heard", "said"),
    [
        ("wb-mdm3", ("wb-mdm3",), 'wb-mdm3; as configured: profile "wb-mdm3"'),
        (
            "wb-mdm3",
            ("wb-mr6c", "wb-mrm2-mini"),
            'wb-mr6c, or wb-mrm2-mini; NOT as configured: its answers are not those of profile "wb-mdm3"',
        ),
        (
            "wb-mdm3",
            (),
            'answers; no known profile fits; NOT as configured: its answers are not those of profile "wb-mdm3"',
        ),
        (
            "own",
            ("wb-mr6c",),
            'wb-mr6c; configured as profile "own", which has no probe: not compared',
        ),
    ],
)
def test_what_answers_is_held_against_what_the_configuration_says_of_that_unit(
    written: Written, configured: str, heard: tuple[str, ...], said: str
) -> None:
    file = written("/dev/null")
    own = file.parent / "profiles" / "own.toml"
    own.parent.mkdir()
    own.write_text(OWN)
    if configured == "own":
        file.write_text(file.read_text().replace('"wb-mdm3"\nchannel = 0', '"own"'))
    config = load(file)
    found = [Found(config.line["rs485"], 2, "", tuple(map(profile.load, heard)))]
    text = " ".join(" ".join(scan.report(config, "rs485", found, 3)).split())
    assert f"lamp-1 {said}" in text


def test_what_came_garbled_is_held_against_nothing(written: Written) -> None:
    config = load(written("/dev/null"))
    found = [Found(config.line["rs485"], 2, "two devices")]
    assert not any("configured:" in line for line in scan.report(config, "rs485", found, 3))


def test_the_configured_setting_is_tried_first() -> None:
    wanted = wanted_of("1-3", "", "", True, "50ms")
    first, *others = settings_of(SerialLine(port="p", baud=38400, parity="E"), wanted)
    assert isinstance(first, SerialLine)
    assert (first.baud, first.parity, first.timeout_s) == (38400, "E", 0.05)
    assert len(others) == 3 * len(ALL_BAUDS) - 1
    (tcp,) = settings_of(TcpLine(host="h", timeout_s=Seconds(3)), Wanted((1,)))
    assert tcp.timeout_s == 3


@pytest.mark.parametrize(("text", "units"), [("1-3", (1, 2, 3)), ("7", (7,)), ("5, 1-2,5", (5, 1, 2)), ("247", (247,))])
def test_units_as_they_are_written(text: str, units: tuple[int, ...]) -> None:
    assert units_of(text) == units


@pytest.mark.parametrize(
    ("units", "bauds", "framings", "timeout", "said"),
    [
        ("0", "", "", "", "units go from 1 to 247"),
        ("1-248", "", "", "", "units go from 1 to 247"),
        ("9-3", "", "", "", "the lower one first"),
        ("x", "", "", "", "no list of units"),
        ("1", "9601", "", "", '"9601" is none of 1200, 2400'),
        ("1", "", "7E1", "", '"7E1" is none of 8N1, 8E1'),
        ("1", "", "", "soon", "is not a duration"),
    ],
)
def test_what_is_no_scan_is_told(units: str, bauds: str, framings: str, timeout: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        wanted_of(units, bauds, framings, False, timeout)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_is_drawn_over_itself_and_on_a_terminal_alone() -> None:
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        progress = Progress(stream)
        progress.show(1, 3, "unit 1, 0 found")
        progress.show(3, 3, "unit 3, 1 found")
        progress.clear()
    assert file.getvalue() == ""
    first, second, cleared = terminal.getvalue().split("\r")[1:4]
    assert first == f"[{'#' * 10}{'-' * 20}]  33 %  unit 1, 0 found"
    assert second.startswith(f"[{'#' * 30}] 100 %")
    assert cleared.strip() == ""


def test_a_line_of_the_running_daemon_is_asked_by_it(serial_slaves: Any, written: Written) -> None:
    """The daemon holds the port all the time; other bauds it cannot try."""

    async def main() -> list[tuple[int | None, str, str]]:
        async with serial_slaves(dimmer(2), stranger(3)) as port:
            file = written(port)
            file.write_text(file.read_text() + f'[store]\npath = "{file.parent}/lamppost.db"\n')
            config = load(file)
            daemon = asyncio.create_task(App(config, SystemClock("rtc")).run())
            while not Path(config.pole.socket).exists():
                await asyncio.sleep(0.01)
            try:
                found = await scanning(file, "--units", "2-3")
                return [found, await scanning(file, "--units", "2", "--bauds", "19200"), await probing(file)]
            finally:
                await end(daemon)
                with contextlib.suppress(asyncio.CancelledError):
                    await daemon

    (code, out, err), (other_code, _, other_err), (_, probed, _) = asyncio.run(main())
    assert (code, err) == (0, "")
    assert out.splitlines()[:3] == [
        "LINE rs485",
        '  unit 2  9600 baud 8N1  lamp-1          wb-mdm3; as configured: profile "wb-mdm3"',
        "  unit 3  9600 baud 8N1  not configured  answers; no known profile fits",
    ]
    assert (other_code, "stop it first" in other_err) == (1, True)
    said = probed.split("PROBE\n")[1].splitlines()
    assert " ".join(said[0].split()) == "+ daemon runs and holds line rs485: it asks for us, behind its own polls"
    assert "lamp-1" in said[1] and "another program" not in said[1]


async def probing(file: Path) -> tuple[int | None, str, str]:
    command = (sys.executable, "-m", "agent", "check", str(file), "--probe")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=os.environ)
    out, _ = await process.communicate()
    return process.returncode, out.decode(), ""


def test_what_is_heard_beside_the_answers_is_told(written: Written) -> None:
    told = Told(Finding.SECOND_MASTER, None, 2, 1.0).as_json
    first, *_table = scan.report(load(written("/dev/null")), "rs485", (), 3, [told, told])
    assert first.startswith("line rs485: second master, heard 2 times: one master alone may be on a line")
    assert not any("second master" in line for line in _table)


def test_what_is_heard_again_at_another_setting_is_told_once(written: Written) -> None:
    told = [Told(Finding.SECOND_MASTER, None, count, 1.0).as_json for count in (2, 9)]
    said = [line for line in scan.report(load(written("/dev/null")), "rs485", (), 3, told) if "second master" in line]
    assert len(said) == 1 and "heard 9 times" in said[0]


@pytest.mark.parametrize(
    ("garbled", "asked", "listed"),
    [((1, 2, 3), 4, []), ((1, 2), 2, []), ((2,), 1, [2]), ((2,), 2, [2]), ((2, 5), 8, [2, 5])],
)
def test_noise_on_the_whole_line_is_no_unit(
    written: Written, garbled: tuple[int, ...], asked: int, listed: list[int]
) -> None:
    config = load(written("/dev/null"))
    options = config.line["rs485"]
    noise = [Found(options, unit, f"unit {unit} on line rs485: 9 bytes", is_noise=True) for unit in garbled]
    text = "\n".join(scan.report(config, "rs485", noise, asked))
    assert [int(each) for each in re.findall(r"^ *unit (\d+) ", text, re.M)] == listed
    assert ("line rs485: noise in place of an answer of" in text) is not bool(listed)


def of_another(request: bytes) -> bytes:
    """A second master asks unit 9, and it answers."""
    return b"".join(rtu_frame(Request("", 9, pdu, b"", 0)) for pdu in (b"\x03\x03\x84\x00\x01", b"\x03\x02\x00\x07"))


@pytest.mark.usefixtures("lines_by_loop")
@pytest.mark.parametrize(("said", "is_noise"), [(of_another, None), (lambda request: bytes(9), True)])
def test_a_unit_is_not_there_because_others_were_heard(said: Callable[[bytes], bytes], is_noise: bool | None) -> None:
    async def main() -> list[Found]:
        near, far = os.openpty()
        tty.setraw(far)
        loop = asyncio.get_running_loop()
        loop.add_reader(near, lambda: os.write(near, said(os.read(near, 256))))
        try:
            return await found_on(serial(os.ttyname(far)), Wanted((1,), timeout_s=0.25))
        finally:
            loop.remove_reader(near)
            os.close(far)
            os.close(near)

    found = run_settling(main())
    assert [one.is_noise for one in found] == ([] if is_noise is None else [is_noise])


def everything(unit: int, value: int) -> SimDevice:
    """Whatever it is asked, it is that."""
    bits = [SimData(0, values=[bool(value)] * 64, datatype=DataType.BITS)]
    registers = [SimData(0, values=[value] * 65535, datatype=DataType.REGISTERS)]
    return SimDevice(unit, simdata=(bits, bits, registers, registers))


@pytest.mark.parametrize("value", [0, 5, 100])
@pytest.mark.usefixtures("lines_by_loop")
def test_a_device_that_says_the_same_of_everything_is_not_taken_for_one_that_is_known(
    serial_slaves: Any, value: int
) -> None:
    async def main() -> list[Found]:
        async with serial_slaves(everything(3, value)) as port:
            return await found_on(serial(port), Wanted((3,), timeout_s=0.25))

    (found,) = run_settling(main())
    assert found.unit == 3 and found.profiles == ()


class Mute:
    """A device that answers one function alone, and is silent to all else."""

    def __init__(self, function: int) -> None:
        self._function = function
        self.asked: list[tuple[int, int]] = []

    async def read(self, device: str, unit: int, function: int, address: int, count: int) -> list[int]:
        self.asked.append((function, address))
        if function != self._function:
            raise NoAnswer(device, "silent")
        return [0]

    read_bits = read


@pytest.mark.parametrize(
    ("function", "count", "found"), [(4, 247, True), (1, 247, True), (2, 247, False), (2, 4, True)]
)
def test_a_device_that_is_silent_to_what_it_does_not_know_is_found(function: int, count: int, found: bool) -> None:
    mute: Any = Mute(function)
    profiles = [profile.load(name) for name in profile.names()]
    assert asyncio.run(answers(mute, 3, asked_of(range(count), profiles))) is found
    assert mute.asked[0] == (3, 0)


def test_of_few_units_each_is_asked_what_the_known_profiles_ask() -> None:
    mute: Any = Mute(0)
    profiles = [profile.load(name) for name in profile.names()]
    assert not asyncio.run(answers(mute, 3, asked_of((3,), profiles)))
    assert {(3, 200), (4, 0x46), (3, 0x0100)} <= set(mute.asked)
    assert len(mute.asked) == len(set(mute.asked))


def test_how_far_it_is_with_a_silent_unit_is_told_before_each_question() -> None:
    async def main() -> list[tuple[int, int, str]]:
        async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.read(1024):
                pass
            writer.close()

        told: list[tuple[int, int, str]] = []
        async with await asyncio.start_server(mute, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            options = TcpLine(host="127.0.0.1", port=port, timeout_s=Seconds(0.01))
            await search(
                "net", options, Wanted((1,)), profiles=(), found=[], heard=[], tell=lambda *one: told.append(one)
            )
        return told

    told = asyncio.run(main())
    assert [done for done, _of, _words in told] == [0, 1, 2, 3, 3, 4]
    assert {of for _done, of, _words in told} == {4}
    assert told[0][2] == "unit 1, 0 found"


@pytest.mark.parametrize("text", ["1ms", "11s", "1h"])
def test_a_time_out_is_bounded(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f'"{text}": a time-out goes from')):
        wanted_of("1-5", "", "", False, text)


class Garbling:
    """Stands for a line on which something else than an answer comes so many times; then nobody answers."""

    def __init__(self, times: int) -> None:
        self.left = times

    async def read(self, device: str, unit: int, function: int, address: int, count: int) -> list[int]:
        self.left -= 1
        if self.left >= 0:
            raise BadAnswer(device, "1 bytes instead of a valid answer of 7: b6")
        raise NoAnswer(device, "silent")

    read_bits = read


class Disturbed:
    """Stands for a dimmer on a noisy line: each first answer is garbled."""

    def __init__(self) -> None:
        self.asked: set[tuple[int, int]] = set()

    async def read(self, device: str, unit: int, function: int, address: int, count: int, *more: Any) -> list[int]:
        if (function, address) not in self.asked:
            self.asked.add((function, address))
            raise BadAnswer(device, "1 bytes instead of a valid answer of 7: b6")
        return [ord(each) for each in "WBMD3"][:count] if address == 200 else [0] * count

    read_bits = read


def test_a_unit_is_told_by_what_it_says_though_noise_comes_between() -> None:
    disturbed: Any = Disturbed()
    fitting_ones = asyncio.run(fitting(disturbed, 3, [profile.load("wb-mdm3")]))
    assert [each.name for each in fitting_ones] == ["wb-mdm3"]


def test_noise_is_no_unit_and_what_is_garbled_again_and_again_is_one() -> None:
    once: Any = Garbling(1)
    always: Any = Garbling(9)
    assert not asyncio.run(answers(once, 3))
    with pytest.raises(BadAnswer, match="instead of a valid answer"):
        asyncio.run(answers(always, 3))
