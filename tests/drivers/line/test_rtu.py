"""A serial line that never lies: slaves on a pseudo-terminal that answer late, twice, for others, cut and spoiled."""

import asyncio
import itertools
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import BadAnswer, DeviceError, LineError, NoAnswer, Refused
from drivers.line import BROADCAST, Line, Priority, SerialLine
from drivers.line.rtu import RtuTiming
from drivers.modbus import Master
from drivers.options import Seconds
from tests.support.virtual_time import run_settling

pytestmark = pytest.mark.usefixtures("lines_by_loop")

UNIT, OTHER = 3, 4


def value(unit: int, address: int) -> int:
    """What a register holds: no two are alike, so that a foreign answer shows."""
    return unit << 12 | address


@pytest.fixture
def answer(rtu: Callable[[int, str], bytes]) -> Callable[[bytes], bytes]:
    """The right answer to a request for one register."""

    def right(request: bytes) -> bytes:
        return rtu(request[0], f"0302{value(request[0], int.from_bytes(request[2:4], 'big')):04x}")

    return right


def test_an_answer_in_pieces_with_a_stray_byte_before_is_one_answer(
    pty: Any, slave: Any, fast: Any, answer: Any
) -> None:
    async def main() -> list[int]:
        def script(request: bytes) -> list[tuple[float, bytes]]:
            whole = answer(request)
            return [(0, b"\0"), (0.002, whole[:3]), (0.004, whole[3:])]

        async with Line("rs485", fast(pty.path)) as line:
            with slave(pty, script):
                return await Master(line).read("lamp-1", UNIT, 3, 7, 1)

    assert run_settling(main()) == [value(UNIT, 7)]


def test_a_late_answer_is_never_the_answer_to_the_next_request(pty: Any, slave: Any, fast: Any, answer: Any) -> None:
    """The trap: RTU frames carry no transaction number, and the next request asks the same unit for as much."""

    async def main() -> tuple[bool, list[int], int]:
        delays = iter([0.15])

        def script(request: bytes) -> list[tuple[float, bytes]]:
            return [(next(delays, 0), answer(request))]

        async with Line("rs485", fast(pty.path, timeout_s=0.1)) as line:
            with slave(pty, script) as far:
                master, missed = Master(line), False
                try:
                    await master.read("lamp-1", UNIT, 3, 1, 1)
                except NoAnswer:
                    missed = True
                return missed, await master.read("lamp-1", UNIT, 3, 2, 1), len(far.asked)

    assert run_settling(main()) == (True, [value(UNIT, 2)], 2)


def test_the_answer_to_a_cancelled_request_is_not_taken_by_the_next(
    pty: Any, slave: Any, fast: Any, answer: Any
) -> None:
    async def main() -> list[int]:
        delays = iter([0.02])

        async with Line("rs485", fast(pty.path, timeout_s=0.1)) as line:
            with slave(pty, lambda request: [(next(delays, 0), answer(request))]) as far:
                master = Master(line)
                cancelled = asyncio.create_task(master.read("lamp-1", UNIT, 3, 1, 1))
                while not far.asked:
                    await asyncio.sleep(0.001)
                cancelled.cancel()
                await asyncio.gather(cancelled, return_exceptions=True)
                return await master.read("lamp-1", UNIT, 3, 2, 1)

    assert run_settling(main()) == [value(UNIT, 2)]


def test_a_command_waits_the_whole_time_out_for_a_unit_that_was_heard_and_missed(
    pty: Any, slave: Any, fast: Any, answer: Any
) -> None:
    async def main() -> list[int]:
        def script(request: bytes) -> list[tuple[float, bytes]]:
            return {1: [(0.02, answer(request))], 2: []}.get(len(far.asked), [(0.15, answer(request))])

        async with Line("rs485", fast(pty.path, timeout_s=0.4)) as line:
            with slave(pty, script) as far:
                await Master(line).read("lamp-1", UNIT, 3, 1, 1)
                with pytest.raises(NoAnswer):
                    await Master(line).read("lamp-1", UNIT, 3, 1, 1)
                return list(await Master(line).read("lamp-1", UNIT, 3, 2, 1, priority=Priority.COMMAND))

    assert run_settling(main()) == [value(UNIT, 2)]


FAULTS = (
    "right",
    "right",
    "right",
    "right",
    "late",
    "very late",
    "twice",
    "late and twice",
    "other unit",
    "cut",
    "spoiled",
    "silent",
    "other",
)


def test_no_fault_of_a_slave_makes_a_wrong_value(pty: Any, slave: Any, fast: Any, answer: Any, rtu: Any) -> None:
    """Random faults, among them answers that come three time-outs late."""
    chance, timeout_s = random.Random(20), 0.015

    def script(request: bytes) -> list[tuple[float, bytes]]:
        right = answer(request)
        foreign = value(request[0], int.from_bytes(request[2:4], "big")) ^ 0x0FFF
        late_s = timeout_s * chance.uniform(1.0, 1.9)
        says: dict[str, list[tuple[float, bytes]]] = {
            "right": [(chance.uniform(0, 0.6) * timeout_s, right)],
            "late": [(late_s, right)],
            "very late": [(timeout_s * chance.uniform(2.0, 3.0), right)],
            "twice": [(0, right + right)],
            "late and twice": [(late_s, right), (late_s + 0.3 * timeout_s, right)],
            "other unit": [(0, rtu(request[0] ^ 7, f"0302{foreign:04x}"))],
            "cut": [(0, right[: chance.randint(1, 6)])],
            "spoiled": [(0, right[:3] + bytes((right[3] ^ 1 << chance.randint(0, 7),)) + right[4:])],
            "silent": [],
            "other": [(0, rtu(request[0], f"0304{foreign:04x}{foreign:04x}"))],
        }
        return says[chance.choice(FAULTS)]

    async def main() -> tuple[int, int]:
        right = failed = 0
        async with Line("rs485", fast(pty.path, timeout_s=timeout_s)) as line:
            with slave(pty, script):
                for n in range(60):
                    unit, address = (UNIT, OTHER)[n % 2], n
                    try:
                        got = await Master(line).read("lamp-1", unit, 3, address, 1)
                    except DeviceError:
                        failed += 1
                    else:
                        assert got == [value(unit, address)]
                        right += 1
        return right, failed

    right, failed = run_settling(main())
    assert right > 10
    assert failed > 20


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (lambda request, rtu: rtu(OTHER, "03021234"), "unit 4 answered instead"),
        (lambda request, rtu: rtu(UNIT, "030412345678"), "an answer to another request"),
        (lambda request, rtu: rtu(UNIT, "03021234")[:-1], "6 bytes instead of a valid answer of 7"),
        (lambda request, rtu: rtu(UNIT, "03021234") + rtu(UNIT, "03021235"), "two devices on unit 3"),
    ],
    ids=["other unit", "other length", "cut", "two different answers"],
)
def test_a_bad_answer_says_what_came(pty: Any, slave: Any, fast: Any, rtu: Any, says: Any, words: str) -> None:
    async def main() -> str:
        async with Line("rs485", fast(pty.path, timeout_s=0.05)) as line:
            with slave(pty, lambda request: [(0, says(request, rtu))]), pytest.raises(BadAnswer) as caught:
                await Master(line).read("lamp-1", UNIT, 3, 1, 1)
            return str(caught.value)

    said = run_settling(main())
    assert words in said
    assert "unit 3 on line rs485" in said


def test_a_frame_counts_only_once_silence_has_followed_it(pty: Any, slave: Any, rtu: Any) -> None:
    """A second, different answer within 3.5 characters (29 ms at 1200 baud) of the first: neither is believed."""

    async def main() -> None:
        def script(request: bytes) -> list[tuple[float, bytes]]:
            return [(0, rtu(UNIT, "03021234")), (0.01, rtu(UNIT, "03021235"))]

        async with Line("rs485", SerialLine(port=pty.path, baud=1200, timeout_s=Seconds(0.2))) as line:
            with slave(pty, script), pytest.raises(BadAnswer):
                await Master(line).read("lamp-1", UNIT, 3, 1, 1)

    run_settling(main())


@pytest.mark.parametrize("right_after_s", [0.02, 0.15, None], ids=["soon", "late", "never"])
def test_a_second_copy_is_not_the_answer_to_the_next_request(
    pty: Any, slave: Any, fast: Any, answer: Any, right_after_s: float | None
) -> None:
    """It comes after the gap, when the same unit has been asked for as much; the right answer may come or not."""

    async def main() -> list[int]:
        first: list[bytes] = []

        def script(request: bytes) -> list[tuple[float, bytes]]:
            first.append(answer(request))
            if len(first) != 2:
                return [(0, first[-1])]
            return [(0, first[0])] + ([(right_after_s, first[1])] if right_after_s else [])

        async with Line("rs485", fast(pty.path, timeout_s=0.1)) as line:
            with slave(pty, script):
                master = Master(line)
                assert await master.read("lamp-1", UNIT, 3, 1, 1) == [value(UNIT, 1)]
                with pytest.raises(BadAnswer, match="sent an answer twice"):
                    await master.read("lamp-1", UNIT, 3, 2, 1)
                return await master.read("lamp-1", UNIT, 3, 3, 1)

    assert run_settling(main()) == [value(UNIT, 3)]


def test_equal_answers_to_two_requests_are_believed_when_given_again(
    pty: Any, slave: Any, fast: Any, rtu: Callable[[int, str], bytes]
) -> None:
    async def main() -> tuple[list[list[int]], list[int]]:
        async with Line("rs485", fast(pty.path)) as line:
            with slave(pty, lambda request: [(0, rtu(request[0], "0302002a"))]) as far:
                got = [await Master(line).read("lamp-1", UNIT, 3, address, 1) for address in (1, 1, 2)]
                return got, [frame[3] for frame in far.asked]

    assert run_settling(main()) == ([[42]] * 3, [1, 1, 2, 2])


def test_the_copy_of_a_refusal_refuses_nothing_else(
    pty: Any, slave: Any, fast: Any, answer: Any, rtu: Callable[[int, str], bytes]
) -> None:
    """A register that exists would otherwise be left out for ever."""

    async def main() -> None:
        heard = itertools.count()

        def script(request: bytes) -> list[tuple[float, bytes]]:
            return [(0, rtu(UNIT, "8302") if next(heard) < 2 else answer(request))]

        async with Line("rs485", fast(pty.path, timeout_s=0.1)) as line:
            with slave(pty, script):
                with pytest.raises(Refused):
                    await Master(line).read("lamp-1", UNIT, 3, 1, 1)
                with pytest.raises(BadAnswer, match="sent an answer twice"):
                    await Master(line).read("lamp-1", UNIT, 3, 2, 1)

    run_settling(main())


def test_a_broadcast_is_heard_by_all_and_the_line_waits_until_they_have_acted(
    pty: Any, slave: Any, fast: Any, answer: Any
) -> None:
    async def main() -> tuple[list[bytes], float]:
        async with Line("rs485", fast(pty.path, turnaround_s=Seconds(0.05))) as line:
            with slave(pty, lambda request: [(0, answer(request))] if request[0] else []) as far:
                begun_s = asyncio.get_running_loop().time()
                await Master(line).write_register("group", BROADCAST, 15, 40)
                await Master(line).read("lamp-1", UNIT, 3, 1, 1)
                return far.asked, far.asked_s[1] - begun_s

    asked, pause_s = run_settling(main())
    assert asked[0][:6] == bytes.fromhex("00 06 000f 0028")
    assert pause_s >= 0.05


def test_a_broadcast_to_a_line_that_is_not_there_is_reported(fast: Any, tmp_path: Path) -> None:
    async def main() -> None:
        async with Line("rs485", fast(str(tmp_path / "ttyUSB9"))) as line:
            with pytest.raises(LineError, match="does not exist"):
                await Master(line).write_coil("group", BROADCAST, 1, True)

    run_settling(main())


def test_a_command_waits_for_the_exchange_in_flight_and_no_poll_more(
    pty: Any, slave: Any, fast: Any, answer: Any
) -> None:
    async def main() -> list[int]:
        def script(request: bytes) -> list[tuple[float, bytes]]:
            return [(0.01, request if request[1] == 6 else answer(request))]

        async def poll(master: Master, unit: int) -> None:
            while True:
                await master.read("lamp-1", unit, 3, 1, 1)

        async with Line("rs485", fast(pty.path)) as line:
            with slave(pty, script) as far:
                master = Master(line)
                polls = [asyncio.create_task(poll(master, unit)) for unit in (1, 2, 3, 4)]
                polled_before = []
                for _ in range(5):
                    await asyncio.sleep(0.035)
                    before = len(far.asked)
                    await master.write_register("lamp-2", OTHER, 15, 40)
                    polled_before.append([frame[1] for frame in far.asked[before:]].index(6))
                for task in polls:
                    task.cancel()
                return polled_before

    assert max(run_settling(main())) <= 1, "the poll in flight may not have been heard yet; three more were waiting"


def test_a_command_goes_ahead_of_all_polls_that_wait(pty: Any, slave: Any, fast: Any, answer: Any) -> None:
    async def main() -> list[int]:
        def script(request: bytes) -> list[tuple[float, bytes]]:
            return [(0.005, request if request[1] == 6 else answer(request))]

        async with Line("rs485", fast(pty.path)) as line:
            with slave(pty, script) as far:
                master = Master(line)
                async with asyncio.TaskGroup() as group:
                    for address in range(5):
                        group.create_task(master.read("lamp-1", UNIT, 3, address, 1))
                    while not far.asked:
                        await asyncio.sleep(0.001)
                    group.create_task(master.write_register("lamp-2", OTHER, 15, 40))
                return [frame[1] for frame in far.asked]

    assert run_settling(main()) == [3, 6, 3, 3, 3, 3]


def test_who_waits_for_a_unit_that_is_left_alone_goes_on_in_order_and_commands_first(
    pty: Any, slave: Any, fast: Any, answer: Any
) -> None:
    """It sent an answer twice: after each of its answers it gets a pause, and so each goes alone."""

    async def main() -> list[tuple[int, int]]:
        def script(request: bytes) -> list[tuple[float, bytes]]:
            right = request if request[1] == 6 else answer(request)
            return [(0, right), (0.005, right)] if len(far.asked) == 1 else [(0, right)]

        async with Line("rs485", fast(pty.path, timeout_s=0.05)) as line:
            with slave(pty, script) as far:
                master = Master(line)
                await master.read("lamp-1", UNIT, 3, 0, 1)
                await asyncio.sleep(0.02)
                await master.read("lamp-2", OTHER, 3, 0, 1)
                async with asyncio.TaskGroup() as group:
                    for address in (1, 2, 3):
                        group.create_task(master.read("lamp-1", UNIT, 3, address, 1))
                    await asyncio.sleep(0.01)
                    group.create_task(master.write_register("lamp-1", UNIT, 15, 40))
                return [(frame[1], frame[3]) for frame in far.asked[2:]]

    assert run_settling(main()) == [(6, 15), (3, 1), (3, 2), (3, 3)]


def test_one_dead_device_never_slows_the_others(pty: Any, slave: Any, fast: Any, answer: Any) -> None:
    async def main() -> tuple[int, bool]:
        done, dead = 0, 9

        async def poll_dead(master: Master) -> None:
            for _ in range(5):
                with pytest.raises(NoAnswer):
                    await master.read("lamp-9", dead, 3, 0, 1)

        async def poll_healthy(master: Master, until: "asyncio.Task[None]") -> None:
            nonlocal done
            while not until.done():
                assert await master.read("lamp-1", UNIT, 3, done % 99, 1) == [value(UNIT, done % 99)]
                done += 1
                await asyncio.sleep(0.02)

        async with Line("rs485", fast(pty.path, timeout_s=0.3)) as line:
            with slave(pty, lambda request: [] if request[0] == dead else [(0, answer(request))]):
                async with asyncio.TaskGroup() as group:
                    polling = group.create_task(poll_dead(Master(line)))
                    group.create_task(poll_healthy(Master(line), polling))
                return done, line.is_unresponsive(dead) and not line.is_unresponsive(UNIT)

    done, told_apart = run_settling(main())
    assert told_apart
    assert done > 60


def test_silence_of_three_and_a_half_characters_ends_a_frame() -> None:
    assert RtuTiming.of(SerialLine(port="", baud=9600)).gap_s == pytest.approx(3.5 * 10 / 9600)
    assert RtuTiming.of(SerialLine(port="", baud=9600, parity="E")).gap_s == pytest.approx(3.5 * 11 / 9600)
    assert RtuTiming.of(SerialLine(port="", baud=19200)).gap_s == 0.00175
    assert RtuTiming.of(SerialLine(port="", baud=115200)).gap_s == 0.00175


def test_the_gap_is_kept_between_an_answer_and_the_next_request(pty: Any, slave: Any, answer: Any) -> None:
    async def main() -> list[float]:
        async with Line("rs485", SerialLine(port=pty.path, baud=1200)) as line:
            with slave(pty, lambda request: [(0, answer(request))]) as far:
                for address in range(3):
                    await Master(line).read("lamp-1", UNIT, 3, address, 1)
                return list(far.asked_s)

    times = run_settling(main())
    assert all(later - earlier >= 3.5 * 10 / 1200 for earlier, later in itertools.pairwise(times))


def test_a_line_that_is_never_quiet_is_reported(pty: Any, slave: Any, fast: Any) -> None:
    async def main() -> str:
        async def chatter() -> None:
            while True:
                pty.say(b"\x55" * 8)
                await asyncio.sleep(0.005)

        async with Line("rs485", fast(pty.path, timeout_s=0.1)) as line:
            talking = asyncio.create_task(chatter())
            with slave(pty, lambda request: []), pytest.raises(BadAnswer) as caught:
                await Master(line).read("lamp-1", UNIT, 3, 1, 1)
            talking.cancel()
            return str(caught.value)

    assert "line rs485 is never quiet: 55 55" in run_settling(main())


def test_a_port_that_is_not_there_is_named(fast: Any, tmp_path: Path) -> None:
    async def main() -> str:
        async with Line("rs485", fast(str(tmp_path / "ttyUSB9"))) as line:
            for _ in range(2):
                with pytest.raises(LineError) as caught:
                    await Master(line).read("lamp-1", UNIT, 3, 1, 1)
            return str(caught.value)

    said = run_settling(main())
    assert said.startswith("lamp-1: serial port ")
    assert "ttyUSB9 of line rs485 does not exist" in said


def test_two_owners_of_a_port_are_refused(pty: Any, slave: Any, fast: Any, answer: Any) -> None:
    async def main() -> str:
        async with Line("rs485", fast(pty.path)) as line, Line("second", fast(pty.path)) as second:
            with slave(pty, lambda request: [(0, answer(request))]):
                await Master(line).read("lamp-1", UNIT, 3, 1, 1)
                with pytest.raises(LineError) as caught:
                    await Master(second).read("lamp-2", UNIT, 3, 1, 1)
                return str(caught.value)

    assert "held by another program" in run_settling(main())


def test_an_adapter_that_is_unplugged_and_comes_back_under_another_name(
    pty: Any, slave: Any, fast: Any, answer: Any, tmp_path: Path
) -> None:
    async def main() -> list[int]:
        by_id, again = tmp_path / "by-id", type(pty)()
        by_id.symlink_to(pty.path)
        async with Line("rs485", fast(str(by_id), timeout_s=0.1)) as line:
            master = Master(line)
            with slave(pty, lambda request: [(0, answer(request))]):
                await master.read("lamp-1", UNIT, 3, 1, 1)
            pty.unplug()
            with pytest.raises(LineError, match=r"was lost|does not exist"):
                await master.read("lamp-1", UNIT, 3, 1, 1)
            by_id.unlink()
            by_id.symlink_to(again.path)
            with slave(again, lambda request: [(0, answer(request))]):
                got = await master.read("lamp-1", OTHER, 3, 5, 1, priority=Priority.COMMAND)
        again.unplug()
        return got

    assert run_settling(main()) == [value(OTHER, 5)]


def test_rs485_direction_control_that_the_port_cannot_do_is_said(pty: Any, fast: Any) -> None:
    async def main() -> str:
        async with Line("rs485", fast(pty.path, rs485=True)) as line:
            with pytest.raises(LineError) as caught:
                await Master(line).read("lamp-1", UNIT, 3, 1, 1)
            return str(caught.value)

    assert "RS485" in run_settling(main())
