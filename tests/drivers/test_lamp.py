"""Lamps against pymodbus's own slaves: a DALI gateway on a serial port and a dimmer on TCP."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S
from pymodbus.constants import ExcCodes
from pymodbus.simulator import DataType, SimData, SimDevice

from agent.trades.lighting.options import LampOptions
from drivers import profile
from drivers.base import Outcome, Quality, Reading
from drivers.errors import BadAnswer, DeviceError, LineError, NoAnswer
from drivers.lamp import Lamp
from drivers.line import Line, TcpLine
from drivers.modbus import Master
from drivers.options import Seconds
from drivers.profile import SHIPPED, ProfileError
from tests.support.virtual_time import run_settling

pytestmark = pytest.mark.usefixtures("devices_by_loop")


BASE = 7000 + 200
ACTUAL, ARC_POWER, STATUS = BASE + 6, BASE + 15, BASE + 5


class Ballast:
    """Channel 1, short address 2 of the gateway.

    Args:
        reached: the actual level for a level that was written.
    """

    def __init__(self, reached: Callable[[int], int] = lambda level: level) -> None:
        self._reached = reached
        self.status = 0b100
        self.written: list[int] = []

    def device(self) -> SimDevice:
        blocks = [SimData(BASE + 5, values=[0] * 11, datatype=DataType.REGISTERS)]
        blocks.append(SimData(BASE + 80, values=[0b10], datatype=DataType.REGISTERS))
        return SimDevice(1, simdata=blocks, action=self._access)

    async def _access(
        self, function: int, start: int, address: int, count: int, registers: list[int], values: Any
    ) -> ExcCodes | None:
        if values and address == ARC_POWER:
            self.written.append(values[0])
            registers[ACTUAL - start] = self._reached(values[0])
        registers[STATUS - start] = self.status
        return None


def dimmer() -> SimDevice:
    """A WB-MDM3 without its register 100."""
    off = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    inputs = {97: [1], 104: [1, 0], 121: [24000], 124: [0x10000 - 55]}
    return SimDevice(
        2,
        simdata=(
            off,
            off,
            [SimData(0, values=[70, 0, 0], datatype=DataType.REGISTERS)],
            [SimData(at, values=values, datatype=DataType.REGISTERS) for at, values in inputs.items()],
        ),
    )


def ballast_lamp(line: Line, name: str = "lamp-1", unit: int = 1, own_dir: Path | None = None) -> Lamp:
    device = LampOptions(
        line="rs485", unit=unit, profile="intesis-inmbsdal", channel=1, short_address=2, period_s=Seconds(0.02)
    )
    return Lamp(name, device, profile.load(device.profile, own_dir), Master(line))


@pytest.fixture
def gateway(serial_server: Any, fast: Any) -> Callable[..., Any]:
    @contextlib.asynccontextmanager
    async def opened(ballast: Ballast, own_dir: Path | None = None) -> AsyncIterator[Lamp]:
        async with serial_server(ballast.device()) as path, Line("rs485", fast(path)) as line:
            yield ballast_lamp(line, own_dir=own_dir)

    return opened


@contextlib.asynccontextmanager
async def dimmer_lamp(
    tcp_server: Any, simulated: SimDevice | None = None, own_dir: Path | None = None
) -> AsyncIterator[Lamp]:
    device = LampOptions(line="gateway", unit=2, profile="wb-mdm3", channel=0, period_s=Seconds(0.02))
    async with (
        tcp_server(simulated or dimmer()) as port,
        Line("gateway", TcpLine(host="127.0.0.1", port=port)) as line,
    ):
        yield Lamp("lamp-4", device, profile.load("wb-mdm3", own_dir), Master(line))


def changed(folder: Path, name: str, old: str, new: str) -> Path:
    """A folder with a technician's own version of a shipped profile."""
    text = (SHIPPED / f"{name}.toml").read_text()
    assert old in text
    (folder / f"{name}.toml").write_text(text.replace(old, new))
    return folder


AT_START = re.compile(r"^at_start = .*$", re.MULTILINE)


def unset(folder: Path) -> Path:
    """The DALI gateway of a technician who leaves the fail-safe of the ballasts alone."""
    text, count = AT_START.subn("", (SHIPPED / "intesis-inmbsdal.toml").read_text())
    assert count == 1
    (folder / "intesis-inmbsdal.toml").write_text(text)
    return folder


async def listen(lamp: Lamp, until: Callable[[list[Reading]], bool]) -> list[Reading]:
    """Run the lamp until it has said enough."""
    said: list[Reading] = []
    enough = asyncio.Event()

    async def emit(reading: Reading) -> None:
        said.append(reading)
        if until(said):
            enough.set()

    async with asyncio.timeout(PATIENCE_S):
        running = asyncio.create_task(lamp.run(emit))
        await enough.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return said


def heard(count: int, quantity: str = "level_percent") -> Callable[[list[Reading]], bool]:
    return lambda said: sum(each.quantity == quantity for each in said) >= count


def values(said: list[Reading]) -> dict[str, Any]:
    return {each.quantity: each.value for each in said}


def test_a_level_on_rtu_is_written_and_read_back(gateway: Any) -> None:
    async def main() -> tuple[Outcome, list[int]]:
        ballast = Ballast()
        async with gateway(ballast) as lamp:
            return await lamp.set_level("c-1", 40), ballast.written

    outcome, written = run_settling(main())
    assert outcome == Outcome("c-1", "done", observed=40.0)
    assert set(written) == {40}


def test_a_ballast_reports_its_level_and_its_faults(gateway: Any) -> None:
    async def main() -> tuple[list[Reading], list[Reading]]:
        ballast = Ballast()
        async with gateway(ballast) as lamp:
            await lamp.set_level("c-1", 25)
            well = await listen(lamp, heard(2))
            ballast.status |= 0b10
            return well, await listen(lamp, heard(1))

    well, failed = run_settling(main())
    assert values(well)["level_percent"] == 25.0
    assert values(well)["lamp_failure"] is False
    assert values(well)["led_open_circuit"] is True
    assert values(failed)["lamp_failure"] is True
    assert {each.device for each in well} == {"lamp-1"}
    assert not {"actual_level_percent", "arc_power_percent"} & values(well).keys()


def test_a_slow_register_is_read_less_often(gateway: Any) -> None:
    async def main() -> list[Reading]:
        async with gateway(Ballast()) as lamp:
            return await listen(lamp, heard(4))

    said = run_settling(main())
    assert sum(each.quantity == "led_open_circuit" for each in said) == 1


def test_a_dimmer_on_tcp_is_switched_and_dimmed(tcp_server: Any) -> None:
    async def main() -> list[Any]:
        async with dimmer_lamp(tcp_server) as lamp:
            before = values(await listen(lamp, heard(1, "controller_temperature_c")))
            lit = await lamp.set_level("c-1", 40)
            burning = values(await listen(lamp, heard(1)))
            off = await lamp.set_level("c-1", 0)
            dark = values(await listen(lamp, heard(1)))
            return [before, lit, burning, off, dark]

    before, lit, burning, off, dark = run_settling(main())
    assert before["level_percent"] == 0.0, "its level is 70 %, but its switch is off"
    assert before["controller_temperature_c"] == -5.5
    assert before["controller_supply_voltage_v"] == 24.0
    assert before["uptime_s"] == 65536
    assert before["mains_present"] is True
    assert (lit.status, lit.observed, burning["level_percent"]) == ("done", 40.0, 40.0)
    assert (off.status, off.observed, dark["level_percent"]) == ("done", 0.0, 0.0)


def test_one_register_that_a_device_refuses_does_not_stop_its_lamp(
    tcp_server: Any, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    async def main() -> list[Reading]:
        often = changed(tmp_path, "wb-mdm3", 'period = "5s"', 'period = "20ms"')
        async with dimmer_lamp(tcp_server, own_dir=often) as lamp:
            return await listen(lamp, heard(4))

    said = values(run_settling(main()))
    assert "overcurrent" not in said
    assert "controller_temperature_c" in said
    assert [record.getMessage() for record in caplog.records if record.name == "drivers.registers"] == [
        "lamp-4: unit 2 on line gateway has no register 100 for function 4 (Modbus exception 2) "
        "(check profile, channel and short address; a manual's 40001 is register 0 of function 3, its 30001 of 4); "
        "what it would have told is left out, and asked for again later"
    ]


@pytest.mark.parametrize("level_percent", [101.0, -1.0, float("nan")])
def test_a_level_that_the_register_cannot_take_is_refused_and_never_sent(level_percent: float, fast: Any) -> None:
    async def main() -> Outcome:
        async with Line("rs485", fast("/nowhere")) as line:
            return await ballast_lamp(line).set_level("c-1", level_percent)

    outcome = run_settling(main())
    assert (outcome.command_id, outcome.status, outcome.observed) == ("c-1", "refused", None)
    assert outcome.reason == f"the lamp cannot take this level: {level_percent:g} % is outside 0 to 100"


def test_a_device_that_confirms_another_level_has_not_done_it(tcp_server: Any) -> None:
    async def main() -> None:
        async def deaf(*args: Any) -> None:
            registers, written = args[4], args[5]
            if written is not None and args[0] == 6:
                written[:] = [registers[0]]

        device = dimmer()
        device.action = deaf
        async with dimmer_lamp(tcp_server, device) as lamp:
            with pytest.raises(BadAnswer, match="does not answer the request"):
                await lamp.set_level("c-1", 40)

    run_settling(main())


def test_a_ballast_that_stops_at_its_limit_fails_with_the_level_read_back(gateway: Any, tmp_path: Any) -> None:
    async def main() -> Outcome:
        quick = changed(tmp_path, "intesis-inmbsdal", 'settle = "6s"', 'settle = "50ms"')
        async with gateway(Ballast(lambda level: max(level, 10)), quick) as lamp:
            return await lamp.set_level("c-1", 3)

    outcome = run_settling(main())
    assert (outcome.status, outcome.observed) == ("failed", 10.0)
    assert "register 7206 of unit 1 tells 10 % after 3 % was written" in outcome.reason


def test_a_newer_command_replaces_one_that_still_fades(gateway: Any) -> None:
    async def main() -> list[Outcome]:
        async with gateway(Ballast(lambda level: 0 if level == 90 else level)) as lamp:
            await lamp.set_level("c-0", 10)  # the line listens for longer after the first answers of a unit
            first = asyncio.create_task(lamp.set_level("c-1", 90))
            await asyncio.sleep(0.05)
            return [await lamp.set_level("c-1", 30), await first]

    newer, older = run_settling(main())
    assert (newer.status, newer.observed) == ("done", 30.0)
    assert (older.status, older.observed) in (("failed", 0.0), ("failed", 30.0)), "as it looked last"
    assert "newer command" in older.reason


def down(lamp: Lamp) -> Coroutine[Any, Any, DeviceError]:
    """Run until it gives up."""

    async def main() -> DeviceError:
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(DeviceError) as caught:
                await lamp.run(ignore)
        return caught.value

    return main()


async def ignore(reading: Reading) -> None:
    return


def test_three_misses_in_a_row_and_the_lamp_is_down(pty: Any, slave: Any, fast: Any, tmp_path: Path) -> None:
    async def main() -> tuple[DeviceError, int]:
        async with Line("rs485", fast(pty.path, timeout_s=0.02)) as line:
            with slave(pty, lambda request: []) as far:
                return await down(ballast_lamp(line, own_dir=unset(tmp_path))), len(far.asked)

    error, asked = run_settling(main())
    assert isinstance(error, NoAnswer)
    assert asked == 4  # once whether it refuses the block alone
    assert "lamp-1: unit 1 on line rs485 did not answer in" in str(error)


def test_a_dead_port_takes_the_lamp_down(fast: Any) -> None:
    async def main() -> DeviceError:
        async with Line("rs485", fast("/nowhere/ttyUSB0")) as line:
            return await down(ballast_lamp(line))

    assert isinstance(run_settling(main()), LineError)


def test_a_miss_between_answers_is_forgiven(pty: Any, slave: Any, fast: Any, rtu: Any, tmp_path: Path) -> None:
    async def main() -> list[Reading]:
        asked = 0

        def script(request: bytes) -> list[tuple[float, bytes]]:
            nonlocal asked
            asked += 1
            count = request[5]
            return [] if asked % 3 else [(0, rtu(1, f"03{2 * count:02x}" + "0000" * count))]

        async with Line("rs485", fast(pty.path, timeout_s=0.05)) as line:
            with slave(pty, script):
                return await listen(ballast_lamp(line, own_dir=unset(tmp_path)), heard(3))

    assert all(each.value == 0.0 for each in run_settling(main()) if each.quantity == "level_percent")


def test_a_level_out_of_its_range_is_suspect(pty: Any, slave: Any, fast: Any, rtu: Any, tmp_path: Path) -> None:
    async def main() -> Reading:
        def script(request: bytes) -> list[tuple[float, bytes]]:
            return [(0, rtu(1, f"03{2 * request[5]:02x}" + "00c8" * request[5]))]

        async with Line("rs485", fast(pty.path)) as line:
            with slave(pty, script):
                said = await listen(ballast_lamp(line, own_dir=unset(tmp_path)), heard(1))
        return next(each for each in said if each.quantity == "level_percent")

    reading = run_settling(main())
    assert (reading.value, reading.quality) == (200.0, Quality.SUSPECT)
    assert "200 % is outside 0 to 100" in reading.detail


def test_a_level_that_the_device_marks_as_unknown_is_no_reading(
    pty: Any, slave: Any, fast: Any, rtu: Any, tmp_path: Path
) -> None:
    async def main() -> list[Reading]:
        def script(request: bytes) -> list[tuple[float, bytes]]:
            return [(0, rtu(1, f"03{2 * request[5]:02x}" + "ffff" * request[5]))]

        async with Line("rs485", fast(pty.path)) as line:
            with slave(pty, script):
                return await listen(ballast_lamp(line, own_dir=unset(tmp_path)), heard(2, "lamp_failure"))

    assert "level_percent" not in values(run_settling(main()))


def test_one_dead_device_never_slows_the_others(pty: Any, slave: Any, fast: Any, rtu: Any, tmp_path: Path) -> None:
    """Two lamps on one line; the first is dead, and taken down; the second goes on as if it were alone."""

    async def main() -> tuple[DeviceError, int]:
        def script(request: bytes) -> list[tuple[float, bytes]]:
            return [(0, rtu(2, f"03{2 * request[5]:02x}" + "0000" * request[5]))] if request[0] == 2 else []

        async with Line("rs485", fast(pty.path, timeout_s=0.1)) as line:
            with slave(pty, script):
                dead = asyncio.create_task(down(ballast_lamp(line, "lamp-1", unit=1, own_dir=unset(tmp_path))))
                said = await listen(
                    ballast_lamp(line, "lamp-2", unit=2, own_dir=unset(tmp_path)),
                    lambda said: dead.done() and heard(5)(said),
                )
                return await dead, sum(each.quantity == "level_percent" for each in said)

    error, levels = run_settling(main())
    assert error.device == "lamp-1"
    assert levels >= 5


def test_a_profile_that_is_no_lamp_is_refused(tmp_path: Any, fast: Any) -> None:
    (tmp_path / "meter.toml").write_text(
        'description = "a meter"\n[register.v]\nfunction = 4\naddress = 0\ntype = "f32"\nunit = "1"\n'
    )
    with pytest.raises(ProfileError, match="describes no lamp"):
        Lamp(
            "lamp-1",
            LampOptions(line="rs485", unit=1, profile="meter"),
            profile.load("meter", tmp_path),
            Master(Line("rs485", fast("/nowhere"))),
        )


def echoing(request: bytes, rtu: Any) -> list[tuple[float, bytes]]:
    """What a line says whose adapter hears what it sends, and whose lamp answers reads alone."""
    return [(0.0, request), *([(0.005, rtu(1, "03020028"))] if request[1] == 3 else [])]


@pytest.mark.parametrize(
    ("read_back", "status", "words"),
    [("", "done", ""), ("read_back = false", "failed", "only its echo was heard")],
    ids=["read back", "never"],
)
def test_the_echo_of_a_write_is_no_answer_and_the_level_that_is_read_back_decides(
    pty: Any, slave: Any, fast: Any, rtu: Any, tmp_path: Path, read_back: str, status: str, words: str
) -> None:
    text = 'description = "dimmer"\n[register.level_percent]\nfunction = 3\naddress = 0\ntype = "u16"\nwrite = 6\n'
    (tmp_path / "plain.toml").write_text(text + f'[lamp]\nlevel = "level_percent"\n{read_back}\n')

    async def main() -> Outcome:
        async with Line("rs485", fast(pty.path, timeout_s=0.05)) as line:
            with slave(pty, lambda request: echoing(request, rtu)):
                device = LampOptions(line="rs485", unit=1, profile="plain")
                lamp = Lamp("lamp-1", device, profile.load("plain", tmp_path), Master(line))
                return await lamp.set_level("c-1", 40.0)

    outcome = run_settling(main())
    assert outcome.status == status
    assert words in outcome.reason


class Relays:
    """A module of eight relays that are coils.

    Args:
        stuck: they do not move.
    """

    def __init__(self, stuck: bool = False) -> None:
        self._stuck = stuck
        self.written: list[tuple[int, bool]] = []

    def device(self) -> SimDevice:
        coils = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
        none = [SimData(0, values=[0], datatype=DataType.REGISTERS)]
        return SimDevice(2, simdata=(coils, coils, none, none), action=self._access)

    async def _access(
        self, function: int, start: int, address: int, count: int, registers: list[int], values: Any
    ) -> ExcCodes | None:
        if values:
            self.written.append((address, bool(values[0])))
        return ExcCodes.DEVICE_BUSY if values and self._stuck else None


@contextlib.asynccontextmanager
async def switched_lamp(tcp_server: Any, relays: Relays, own_dir: Path | None = None) -> AsyncIterator[Lamp]:
    name = "waveshare-modbus-relay-8"
    device = LampOptions(line="gateway", unit=2, profile=name, channel=3, period_s=Seconds(0.02))
    async with tcp_server(relays.device()) as port, Line("gateway", TcpLine(host="127.0.0.1", port=port)) as line:
        yield Lamp("lamp-4", device, profile.load(name, own_dir), Master(line))


def test_a_lamp_that_only_switches_is_on_or_off_and_says_so(tcp_server: Any) -> None:
    async def main() -> list[tuple[str, float | None]]:
        outcomes = []
        async with switched_lamp(tcp_server, Relays()) as lamp:
            for level in (100.0, 0.0):
                outcome = await lamp.set_level("c", level)
                outcomes.append((outcome.status, outcome.observed))
        return outcomes

    assert run_settling(main()) == [("done", 100.0), ("done", 0.0)]


def test_a_lamp_that_only_switches_refuses_a_level_between_and_writes_nothing(tcp_server: Any) -> None:
    relays = Relays()

    async def main() -> Outcome:
        async with switched_lamp(tcp_server, relays) as lamp:
            return await lamp.set_level("c", 40.0)

    outcome = run_settling(main())
    assert (outcome.status, outcome.reason) == (
        "refused",
        "the lamp cannot take this level: it only switches: 0 or 100 %",
    )
    assert relays.written == []


def test_a_lamp_that_only_switches_reports_its_level_and_nothing_of_its_relay(tcp_server: Any) -> None:
    async def main() -> Reading:
        heard: asyncio.Queue[Reading] = asyncio.Queue()
        async with switched_lamp(tcp_server, Relays()) as lamp, asyncio.timeout(PATIENCE_S):
            await lamp.set_level("c", 100.0)
            running = asyncio.create_task(lamp.run(heard.put))
            first = await heard.get()
            running.cancel()
        return first

    first = run_settling(main())
    assert (first.quantity, first.value, first.quality) == ("level_percent", 100.0, Quality.GOOD)


def test_a_switch_that_nothing_tells_is_written_and_its_level_not_known(tcp_server: Any, tmp_path: Path) -> None:
    own = changed(tmp_path, "waveshare-modbus-relay-8", "[lamp]\n", "[lamp]\nread_back = false\n")

    async def main() -> Outcome:
        async with switched_lamp(tcp_server, Relays(), own) as lamp:
            return await lamp.set_level("c", 100.0)

    outcome = run_settling(main())
    assert (outcome.status, outcome.observed) == ("done", None)


@pytest.mark.parametrize(
    ("lamp", "said"),
    [
        ("", "[lamp]: has neither level nor switch; expected one of them, or both"),
        ('switch = "relay_on"\nread_back = "relay_on"', "switch_read_back tells whether the switch is on"),
        ('level = "relay_on"', "relay_on tells on and off, no level; write switch in its place"),
    ],
)
def test_what_drives_no_lamp_is_told(tmp_path: Path, lamp: str, said: str) -> None:
    own = changed(tmp_path, "waveshare-modbus-relay-8", 'switch = "relay_on"', lamp)
    with pytest.raises(ProfileError) as raised:
        profile.load("waveshare-modbus-relay-8", own)
    assert said in str(raised.value)


def relays() -> SimDevice:
    """A module whose number was never set: it answers for every unit."""
    registers = [SimData(0, values=[0], datatype=DataType.REGISTERS)]
    off = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    return SimDevice(0, simdata=(off, off, registers, registers))


def test_two_units_answered_by_one_device_are_named_and_their_lamps_not_believed(tcp_server: Any) -> None:
    async def main() -> None:
        async with tcp_server(relays()) as port, Line("cabinet", TcpLine(host="127.0.0.1", port=port)) as line:
            lamps = [switched(line, unit) for unit in (1, 2)]
            said: list[Reading] = []
            running = [asyncio.create_task(lamp.run(hears(said))) for lamp in lamps]
            try:
                outcomes = [await lamps[0].set_level("off", 0.0), await lamps[1].set_level("off", 0.0)]
                for number, level in enumerate((100.0, 0.0, 100.0)):
                    said.clear()
                    await until_told_by_both(said)
                    outcomes.append(await lamps[0].set_level(f"c{number}", level))
                said.clear()
                await until_told_by_both(said)
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)
            assert outcomes[-1].status == "failed"
            assert outcomes[-1].reason == "units 1 and 2 of line cabinet are answered by one device"
            assert [each.name for each in line.told()] == ["units 1 and 2 answered by one device"]
            assert {each.quality for each in said[-2:]} == {Quality.SUSPECT}

    run_settling(main())


def switched(line: Line, unit: int) -> Lamp:
    """A lamp on the first relay of a unit."""
    device = LampOptions(line="l", unit=unit, profile="waveshare-modbus-relay-8", channel=0, period_s=Seconds(0.02))
    return Lamp(f"lamp-{unit}", device, profile.load(device.profile), Master(line))


def hears(said: list[Reading]) -> Callable[[Reading], Coroutine[Any, Any, None]]:
    async def emit(reading: Reading) -> None:
        said.append(reading)

    return emit


async def until_told_by_both(said: list[Reading]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while {each.device for each in said if each.quantity == "level_percent"} != {"lamp-1", "lamp-2"}:
            await asyncio.sleep(0.01)
