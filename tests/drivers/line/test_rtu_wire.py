"""RTU frames without a port: when a request may go out, how long its answer may take, and what is heard unasked."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from drivers.errors import BadAnswer, LineError, NoAnswer
from drivers.line import BROADCAST, Request, SerialLine, TcpLine
from drivers.line.failures import OnlyEcho
from drivers.line.findings import Finding
from drivers.line.rtu import RtuTiming, RtuTransport
from drivers.line.saturation import Saturation
from drivers.line.second_device import ALONE, EVIDENT
from drivers.line.timeouts import AdaptiveTimeouts, Unit
from tests.support.virtual_time import VirtualTimer, now_s, run

GAP_S = 0.002
Script = Callable[[bytes], list[tuple[float, bytes]]]


def ask(unit: int, address: int) -> Request:
    """Builds a request for one register."""
    return Request("lamp-1", unit, bytes((3, 0, address, 0, 1)), b"\x03\x02", 4)


class Far:
    """The near side of a port, and what is on its far side by a script: seconds after a request, and bytes.

    Args:
        sent: each request, and when it went out.
        said_s: when the far side spoke.
        waiting: what the driver of the port has, and nobody has read yet.
    """

    def __init__(
        self, script: Script, pace: RtuTiming, timeout_s: float, tcp: bool = False, saturation: Any = None
    ) -> None:
        self._script, self.usable, self.aborted = script, True, 0
        self.patience = AdaptiveTimeouts(timeout_s)
        self.wire = RtuTransport("rs485", pace, self.patience, tcp, saturation)
        self.wire._timer = VirtualTimer()  # type: ignore[assignment]
        self.waiting: list[bytes] = []
        self.sent: list[bytes] = []
        self.sent_s: list[float] = []
        self.said_s: list[float] = []
        self._port: Any = self

    def write(self, data: bytes) -> None:
        self.sent.append(data)
        self.sent_s.append(now_s())
        loop = asyncio.get_running_loop()
        for after_s, answer in self._script(data):
            loop.call_later(after_s, self._say, answer)

    def says(self, after_s: float, data: bytes) -> float:
        """Somebody speaks unasked. Returns when it was said that he will."""
        loop = asyncio.get_running_loop()
        loop.call_later(after_s, self._say, data)
        return loop.time()

    def _say(self, answer: bytes) -> None:
        self.said_s.append(now_s())
        self.wire.heard(answer)

    def read_now(self) -> None:
        while self.waiting:
            self._say(self.waiting.pop())

    def abort(self) -> None:
        self.aborted += 1

    async def ask(self, unit: int, address: int, command: bool = False) -> bytes:
        return await self.wire.exchange(self._port, ask(unit, address), command)

    async def tell_all(self) -> None:
        request = Request("group", BROADCAST, bytes((6, 0, 1, 0, 1)), b"", 5)
        await self.wire.broadcast(self._port, request)


def with_far(
    work: Callable[[Far], Awaitable[None]],
    script: Script,
    *,
    gap_s: float = GAP_S,
    character_s: float = 0.0,
    turnaround_s: float = 0.0,
    timeout_s: float = 0.05,
    tcp: bool = False,
    saturation: Any = None,
) -> None:
    async def main() -> None:
        await work(Far(script, RtuTiming(character_s, gap_s, turnaround_s), timeout_s, tcp, saturation))

    run(main())


@pytest.fixture
def answers(rtu: Any) -> Script:
    """The right answer at once: the value of a register is its address."""

    def right(request: bytes) -> list[tuple[float, bytes]]:
        return [(0.0, rtu(request[0], f"030200{request[3]:02x}"))]

    return right


def silence(request: bytes) -> list[tuple[float, bytes]]:
    return []


@pytest.mark.parametrize(("stray", "waits"), [(b"\xff" * 3, False), (b"\xff" * 4, True)])
def test_after_bytes_that_may_be_a_frame_the_line_is_left_alone_for_the_worst_late_reply_and_after_noise_not(
    answers: Script, stray: bytes, waits: bool
) -> None:
    async def work(far: Far) -> None:
        await asyncio.sleep(2 * GAP_S)
        far.wire.heard(stray)
        heard_s = now_s()
        await far.ask(1, 7)
        assert far.wire.stray_bytes == len(stray)
        assert (far.sent_s[0] - heard_s >= 0.3) is waits
        assert far.sent_s[0] - heard_s >= GAP_S

    with_far(work, answers, timeout_s=0.15)


def test_a_frame_that_nobody_asked_for_holds_up_the_next_request_alone_whatever_was_answered_before(
    answers: Script,
) -> None:
    async def work(far: Far) -> None:
        await far.ask(1, 7)
        await asyncio.sleep(2 * GAP_S)
        far.wire.heard(b"\xff" * 4)
        heard_s = now_s()
        await far.ask(1, 8)
        assert far.sent_s[1] - heard_s >= 0.3
        await far.ask(1, 9)
        assert far.sent_s[2] - far.sent_s[1] < 0.3

    with_far(work, answers, timeout_s=0.15)


def test_the_copy_of_an_answer_that_was_overheard_is_asked_for_again(rtu: Any) -> None:
    """It came late, to another request for as much."""

    async def work(far: Far) -> None:
        far.patience.answered(1, 0.01, 0.0)
        with pytest.raises((NoAnswer, BadAnswer)):
            await far.ask(1, 7)
        assert await far.ask(1, 8) == b"\x03\x02\x00\x2a"
        assert [request[3] for request in far.sent] == [7, 8, 8]

    with_far(work, lambda request: [(0.12 if request[3] == 7 else 0.0, rtu(1, "0302002a"))], timeout_s=0.1)


@pytest.mark.parametrize(("extra", "waits"), [(b"\xff" * 3, False), (b"\xff" * 4, True)])
def test_bytes_that_follow_an_answer_are_stray_too(rtu: Any, extra: bytes, waits: bool) -> None:
    async def work(far: Far) -> None:
        assert await far.ask(1, 7) == b"\x03\x02\x00\x07"
        assert far.wire.stray_bytes == len(extra)
        await far.ask(1, 8)
        assert (far.sent_s[1] - far.sent_s[0] >= 0.3) is waits

    def script(request: bytes) -> list[tuple[float, bytes]]:
        more = extra if request[3] == 7 else b""
        return [(0.0, rtu(request[0], f"030200{request[3]:02x}") + more)]

    with_far(work, script, timeout_s=0.15)


def test_bytes_that_come_within_the_silence_after_an_answer_are_stray_as_well(rtu: Any) -> None:
    async def work(far: Far) -> None:
        assert await far.ask(1, 7) == b"\x03\x02\x00\x07"
        assert far.wire.stray_bytes == 3

    with_far(work, lambda request: [(0.0, rtu(1, "03020007")), (0.02, b"\xff" * 3)], gap_s=0.1)


def test_what_was_heard_and_how_often_nothing_came_begins_at_nothing(answers: Script) -> None:
    async def work(far: Far) -> None:
        assert far.wire.stray_bytes == 0
        began_s = now_s()
        await far.ask(1, 7)
        assert far.sent_s[0] - began_s < 0.3, "a line that was just opened is quiet"

    with_far(work, answers, timeout_s=0.15)


def test_only_the_last_kilobyte_is_kept_of_what_is_heard(rtu: Any) -> None:
    """An answer that begins before it is not found, and one that begins with it is."""

    async def work(far: Far) -> None:
        with pytest.raises(BadAnswer):
            await far.ask(1, 7)
        await asyncio.sleep(0.3)
        assert await far.ask(1, 8) == b"\x03\x02\x00\x08"

    def script(request: bytes) -> list[tuple[float, bytes]]:
        whole = rtu(request[0], f"030200{request[3]:02x}")
        noise = bytes(1024 - len(whole) + (1 if request[3] == 7 else 0))
        return [(0.0, whole + noise)]

    with_far(work, script, timeout_s=0.02)


def test_an_answer_may_take_the_time_out_and_its_own_length_on_the_wire_from_the_end_of_its_request(rtu: Any) -> None:
    """8 characters of request and 7 of answer at 4 ms each: 32 ms, 30 ms, 28 ms."""

    async def work(far: Far) -> None:
        assert await far.ask(1, 7) == b"\x03\x02\x00\x07"
        took_s = far.patience.unit(1).slowest_s
        assert 0.030 <= took_s <= far.said_s[0] - far.sent_s[0] - 0.032 + 0.005, "from the end of the request"
        with pytest.raises(NoAnswer):
            await far.ask(2, 8)
        assert now_s() - far.sent_s[1] >= 0.090

    def script(request: bytes) -> list[tuple[float, bytes]]:
        return [(0.080 if request[0] == 1 else 0.120, rtu(request[0], f"030200{request[3]:02x}"))]

    with_far(work, script, character_s=0.004, timeout_s=0.030)


def test_an_answer_that_comes_before_its_request_can_have_left_took_no_time(rtu: Any, answers: Script) -> None:
    """A port with a large buffer, and an adapter that is quicker than it was told to be."""

    async def work(far: Far) -> None:
        await far.ask(1, 7)
        assert far.patience.unit(1).slowest_s == 0.0

    with_far(work, answers, character_s=0.002)


@pytest.mark.parametrize(("pause_s", "asked"), [(0.25, 3), (0.45, 2)], ids=["within", "after"])
def test_an_equal_answer_to_another_request_is_asked_for_again_within_twice_the_worst_late_reply(
    rtu: Any, pause_s: float, asked: int
) -> None:
    """The worst late reply is 200 ms here."""

    async def work(far: Far) -> None:
        await far.ask(1, 7)
        await asyncio.sleep(pause_s)
        assert await far.ask(1, 8) == b"\x03\x02\x00\x2a"
        assert len(far.sent) == asked

    with_far(work, lambda request: [(0.0, rtu(request[0], "0302002a"))], timeout_s=0.1)


def test_a_unit_that_contradicts_itself_is_left_alone_and_so_is_the_line(rtu: Any) -> None:
    async def work(far: Far) -> None:
        await far.ask(1, 7)
        with pytest.raises(BadAnswer, match="sent an answer twice"):
            await far.ask(1, 8)
        heard_s = far.said_s[-1]
        assert far.patience.unit(1).held_until_s == pytest.approx(heard_s + 0.2, abs=0.02)
        await far.ask(2, 9)
        assert far.sent_s[-1] - heard_s >= 0.1

    values = iter(["0302002a", "0302002a", "0302002b", "0302002c"])
    with_far(work, lambda request: [(0.0, rtu(request[0], next(values)))])


def test_after_a_silence_the_unit_is_held_and_the_line_is_quiet_for_the_worst_late_reply(answers: Script) -> None:
    async def work(far: Far) -> None:
        far.patience.answered(9, 0.3, 0.0)
        with pytest.raises(NoAnswer):
            await far.ask(9, 7)
        unit = far.patience.unit(9)
        asked_s, held_until_s = unit.asked_s, unit.held_until_s
        assert asked_s is not None
        assert unit == Unit(1, 1, 0.3, asked_s=asked_s, whole_s=asked_s, held_until_s=held_until_s)
        assert unit.asked_s is not None
        assert far.sent_s[0] <= unit.asked_s < far.sent_s[0] + 0.1
        assert unit.held_until_s == pytest.approx(unit.asked_s + 1.6)
        await far.ask(1, 7)
        assert 0.8 <= far.sent_s[1] - far.sent_s[0] < 1.15, "it waits from the request on, not from the time-out"

    with_far(work, lambda request: [] if request[0] == 9 else answers(request), timeout_s=0.4)


def test_for_a_dead_unit_the_line_waits_no_longer_than_its_time_out(answers: Script) -> None:
    async def work(far: Far) -> None:
        for _ in range(3):
            far.patience.missed(9, silent=True)
        with pytest.raises(NoAnswer):
            await far.ask(9, 7, command=True)
        await far.ask(1, 7)
        assert 0.4 <= far.sent_s[1] - far.sent_s[0] < 0.75

    with_far(work, lambda request: [] if request[0] == 9 else answers(request), timeout_s=0.4)


def test_after_a_broadcast_all_units_get_the_turnaround_and_then_the_line_is_free(answers: Script) -> None:
    async def work(far: Far) -> None:
        await far.tell_all()
        assert now_s() - far.sent_s[0] >= 0.05
        assert await far.ask(1, 7) == b"\x03\x02\x00\x07"

    with_far(work, lambda request: answers(request) if request[0] else [], turnaround_s=0.05)


def test_a_broadcast_on_a_line_that_is_lost_meanwhile_is_told() -> None:
    async def work(far: Far) -> None:
        asyncio.get_running_loop().call_later(0.01, setattr, far, "usable", False)
        with pytest.raises(LineError, match="line rs485 was lost"):
            await far.tell_all()

    with_far(work, silence, turnaround_s=0.03)


def test_a_broadcast_waits_until_the_line_is_quiet() -> None:
    async def work(far: Far) -> None:
        far.wire.heard(bytes(8))
        heard_s = now_s()
        await far.tell_all()
        assert far.sent_s[0] - heard_s >= 0.1

    with_far(work, silence)


def test_who_waits_for_an_answer_is_told_at_once_that_the_line_is_lost() -> None:
    async def work(far: Far) -> None:
        def lose() -> None:
            far.usable = False
            far.wire.lost()

        asyncio.get_running_loop().call_later(0.01, lose)
        with pytest.raises(LineError, match="line rs485 was lost"):
            await far.ask(1, 7, command=True)
        assert now_s() - far.sent_s[0] < 1.0
        far.wire.lost()

    with_far(work, silence, timeout_s=5.0)


def test_a_request_that_is_cancelled_is_out_all_the_same(rtu: Any) -> None:
    """The answer may come: the unit is held, the line is quiet for the worst late reply, and no request takes the
    answer."""

    async def work(far: Far) -> None:
        cancelled = asyncio.create_task(far.ask(1, 7))
        while not far.sent:
            await asyncio.sleep(0)
        cancelled.cancel()
        await asyncio.gather(cancelled, return_exceptions=True)
        assert far.patience.unit(1).asked_s is not None
        assert far.patience.hold_off_left_s(1, far.sent_s[0]) >= 0.4
        await asyncio.sleep(0.05)
        assert far.wire.stray_bytes == 7
        assert await far.ask(2, 8) == b"\x03\x02\x00\x08"
        assert far.sent_s[1] - far.said_s[0] >= 0.2

    with_far(work, lambda request: [(0.02, rtu(request[0], f"030200{request[3]:02x}"))], timeout_s=0.1)


def test_after_a_cancelled_request_that_nobody_answers_the_line_is_quiet_too(answers: Script) -> None:
    async def work(far: Far) -> None:
        cancelled = asyncio.create_task(far.ask(9, 7))
        while not far.sent:
            await asyncio.sleep(0)
        cancelled.cancel()
        await asyncio.gather(cancelled, return_exceptions=True)
        await far.ask(2, 8)
        assert far.sent_s[1] - far.sent_s[0] >= 0.2

    with_far(work, lambda request: [] if request[0] == 9 else answers(request), timeout_s=0.1)


def test_the_time_out_of_an_answered_request_does_not_end_the_next(rtu: Any) -> None:
    async def work(far: Far) -> None:
        await far.ask(1, 7)
        await asyncio.sleep(0.25)
        assert await far.ask(2, 8) == b"\x03\x02\x00\x08"
        assert far.said_s[1] - far.sent_s[0] >= 0.4, "when the first would have been late"

    with_far(
        work,
        lambda request: [(0.0 if request[0] == 1 else 0.2, rtu(request[0], f"030200{request[3]:02x}"))],
        timeout_s=0.4,
    )


def test_a_serial_line_is_not_given_up_for_silent_units() -> None:
    async def work(far: Far) -> None:
        for unit in range(1, 6):
            with pytest.raises(NoAnswer):
                await far.ask(unit, 7)
        assert far.aborted == 0

    with_far(work, silence, timeout_s=0.005)


@pytest.mark.parametrize(("timeout_s", "least_s", "most_s"), [(0.09, 1.0, 1.9), (0.15, 1.5, 3.5)])
def test_a_line_that_is_never_quiet_is_given_up_after_five_worst_late_replies_and_a_second_at_least(
    timeout_s: float, least_s: float, most_s: float
) -> None:
    async def work(far: Far) -> None:
        async def chatter() -> None:
            while True:
                far.wire.heard(bytes(8))
                await asyncio.sleep(0.004)

        talking, began_s = asyncio.create_task(chatter()), now_s()
        await asyncio.sleep(0)
        with pytest.raises(BadAnswer, match=r"line rs485 is never quiet: (00 ){15}00"):
            await far.ask(1, 7)
        assert least_s <= now_s() - began_s < most_s
        assert not far.sent
        talking.cancel()

    with_far(work, silence, timeout_s=timeout_s)


def test_an_answer_that_is_overheard_teaches_how_late_its_unit_may_be(rtu: Any) -> None:
    async def work(far: Far) -> None:
        far.patience.answered(1, 0.01, 0.0)
        with pytest.raises((NoAnswer, BadAnswer)):  # where it comes while the time-out is being dealt with
            await far.ask(1, 7)
        late_s = far.patience.unit(1).slowest_s
        assert 0.06 <= late_s <= 0.2
        assert far.patience.unit(1).silences == 0

    with_far(work, lambda request: [(0.06, rtu(1, "03020007"))])


def test_one_that_stands_before_the_answer_in_the_same_bytes_teaches_it_as_well(rtu: Any) -> None:
    async def work(far: Far) -> None:
        far.patience.hold_off(2, asked_s=now_s())
        await asyncio.sleep(0.02)
        assert await far.ask(1, 7) == b"\x03\x02\x00\x07"
        assert far.patience.unit(2).slowest_s >= 0.02

    with_far(work, lambda request: [(0.0, rtu(2, "03020009") + rtu(1, "03020007"))])


@pytest.mark.parametrize(
    ("options", "bits"),
    [
        ({}, 10),
        ({"parity": "E"}, 11),
        ({"parity": "O"}, 11),
        ({"stop_bits": 2}, 11),
        ({"parity": "E", "stop_bits": 2}, 12),
    ],
)
def test_the_time_of_a_character_is_that_of_its_bits(options: dict[str, Any], bits: int) -> None:
    pace = RtuTiming.of(SerialLine(port="", baud=9600, turnaround_s=0.3, **options))  # type: ignore[arg-type]
    assert pace == RtuTiming(pytest.approx(bits / 9600), pytest.approx(3.5 * bits / 9600), 0.3)
    fast = RtuTiming.of(SerialLine(port="", baud=19200, **options))
    assert (fast.character_s, fast.gap_s) == (pytest.approx(bits / 19200), 0.00175)
    assert RtuTiming.of(TcpLine(host="", turnaround_s=0.3)) == RtuTiming(0.0, 0.00175, 0.3)  # type: ignore[arg-type]


def write(unit: int, value: int) -> Request:
    pdu = bytes((6, 0, 1, 0, value))
    return Request("lamp-1", unit, pdu, pdu, 5)


def test_an_echo_is_subtracted_and_is_the_answer_of_nobody(answers: Script) -> None:
    """A half-duplex adapter whose receiver stays on."""

    def echoing(request: bytes) -> list[tuple[float, bytes]]:
        said = answers(request) if request[1] == 3 else [(0.0, request)]
        return [(0.0, request), *(said if request[0] == 1 else [])]

    async def work(far: Far) -> None:
        assert await far.ask(1, 7) == b"\x03\x02\x00\x07"
        with pytest.raises(NoAnswer, match="only its echo was heard"):
            await far.ask(2, 7)
        assert await far.wire.exchange(far._port, write(1, 40), True) == write(1, 40).pdu
        with pytest.raises(NoAnswer, match="only its echo was heard"):
            await far.wire.exchange(far._port, write(3, 40), True)

    with_far(work, echoing)


def test_an_adapter_that_echoes_no_longer_is_found_out_by_three_reads(answers: Script) -> None:
    echoes = [True]

    def script(request: bytes) -> list[tuple[float, bytes]]:
        said = answers(request) if request[1] == 3 else [(0.0, request)]
        return [(0.0, request), *said] if echoes[0] else said

    async def work(far: Far) -> None:
        await far.ask(1, 7)
        echoes[0] = False
        for address in (8, 9, 10):
            await far.ask(1, address)
        assert await far.wire.exchange(far._port, write(1, 40), True) == write(1, 40).pdu

    with_far(work, script)


@pytest.mark.parametrize(
    ("asked", "said", "right"),
    [
        ("0301f40001", "0302ffff", False),  # as many registers of the same unit
        ("0301f40002", "0304ffffffff", True),  # more of them: its answer is longer
        ("0301f40002", "8302", False),  # a refusal does not say what was refused
        ("0401f40001", "0402ffff", True),  # another function
    ],
)
def test_what_may_be_the_answer_to_another_master_is_no_value(
    rtu: Any, answers: Script, asked: str, said: str, right: bool
) -> None:
    def shared(request: bytes) -> list[tuple[float, bytes]]:
        return [(0.0, rtu(1, asked) + rtu(1, said)), *((0.0, answer) for _, answer in answers(request))]

    async def work(far: Far) -> None:
        if right:
            assert await far.ask(1, 7) == b"\x03\x02\x00\x07"
            return
        with pytest.raises(BadAnswer, match="a second master asked it at the same time"):
            await far.ask(1, 7)

    with_far(work, shared)


def test_a_second_master_that_asks_another_unit_makes_no_answer_doubtful(rtu: Any, answers: Script) -> None:
    def shared(request: bytes) -> list[tuple[float, bytes]]:
        return [(0.0, rtu(2, "0301f40001") + rtu(2, "0302ffff")), *answers(request)]

    async def work(far: Far) -> None:
        assert await far.ask(1, 7) == b"\x03\x02\x00\x07"

    with_far(work, shared)


def coil(unit: int, address: int) -> Request:
    pdu = bytes((5, 0, address, 0xFF, 0))
    return Request("lamp-1", unit, pdu, pdu, 5)


def names(far: Far) -> list[str]:
    return [told.name for told in far.wire.findings.told(now_s())]


@pytest.mark.parametrize("ask", [write, coil])
def test_the_first_write_of_a_line_is_not_answered_by_its_echo(ask: Any) -> None:
    """A read alone tells that the adapter echoes."""

    async def work(far: Far) -> None:
        with pytest.raises(OnlyEcho, match="only its echo was heard"):
            await far.wire.exchange(far._port, ask(1, 40), True)
        assert names(far) == ["echo"]

    with_far(work, lambda request: [(0.0, request)])


def test_the_first_write_of_a_line_with_an_echo_is_done_when_its_answer_came_too() -> None:
    async def work(far: Far) -> None:
        assert await far.wire.exchange(far._port, write(1, 40), True) == write(1, 40).pdu

    with_far(work, lambda request: [(0.0, request), (0.01, request)] if request[1] == 6 else [(0.0, request)])


def test_the_first_write_of_a_line_without_an_echo_is_done_though_nothing_can_be_read() -> None:
    async def work(far: Far) -> None:
        assert await far.wire.exchange(far._port, write(1, 40), True) == write(1, 40).pdu
        assert [request[1] for request in far.sent] == [6, 3]
        assert names(far) == []

    with_far(work, lambda request: [(0.0, request)] if request[1] == 6 else [])


def test_a_spoiled_echo_does_not_make_the_next_write_believe_its_own(answers: Script) -> None:
    spoiled = [False]

    def script(request: bytes) -> list[tuple[float, bytes]]:
        back = request[:-1] if spoiled[0] else request
        return [(0.0, back), *(answers(request) if request[1] == 3 else [])]

    async def work(far: Far) -> None:
        await far.ask(1, 7)
        spoiled[0] = True
        await far.ask(1, 8)
        spoiled[0] = False
        with pytest.raises(OnlyEcho):
            await far.wire.exchange(far._port, write(1, 40), True)

    with_far(work, script)


def test_a_broadcast_that_comes_back_tells_of_the_echo() -> None:
    async def work(far: Far) -> None:
        await far.wire.broadcast(far._port, write(0, 40))
        with pytest.raises(OnlyEcho):
            await far.wire.exchange(far._port, write(1, 40), True)
        assert [request[0] for request in far.sent] == [0, 1]
        assert names(far) == ["echo"]

    with_far(work, lambda request: [(0.0, request)], turnaround_s=0.05)


def test_two_devices_with_one_number_are_told_from_the_first_answer_on(rtu: Any) -> None:
    """The second answers long after the silence that ends a frame."""

    async def work(far: Far) -> None:
        with pytest.raises(BadAnswer, match="two devices on unit 1"):
            await far.ask(1, 7)
        with pytest.raises(BadAnswer, match="two devices on unit 1"):
            await far.ask(1, 7)
        assert names(far) == ["two devices on unit 1"]

    with_far(work, lambda request: [(0.0, rtu(1, "03020007")), (0.03, rtu(1, "03020008"))], timeout_s=0.06)


def test_what_two_devices_say_alike_is_no_value_either_until_one_of_them_is_gone(rtu: Any) -> None:
    """They say the same of register 7, and another thing each of register 8; then one is taken off."""
    alone = False

    def both(request: bytes) -> list[tuple[float, bytes]]:
        other = 7 if request[3] == 7 else 9
        return [(0.0, rtu(1, f"030200{request[3]:02x}")), *([] if alone else [(0.0, rtu(1, f"030200{other:02x}"))])]

    async def work(far: Far) -> None:
        nonlocal alone
        for _ in range(EVIDENT):
            with pytest.raises(BadAnswer, match="two devices on unit 1"):
                await far.ask(1, 8)
        for register in (7, 8, 7, 7):
            with pytest.raises(BadAnswer, match="two devices on unit 1"):
                await far.ask(1, register)
        alone = True
        for _ in range(ALONE - 1):
            with pytest.raises(BadAnswer, match="two devices on unit 1"):
                await far.ask(1, 7)
        assert await far.ask(1, 7) == b"\x03\x02\x00\x07"

    with_far(work, both, timeout_s=0.02)


def test_an_answer_that_comes_twice_is_told_as_a_second_device_or_a_repeater(rtu: Any, answers: Script) -> None:
    async def work(far: Far) -> None:
        assert await far.ask(1, 7) == b"\x03\x02\x00\x07"
        await asyncio.sleep(2 * GAP_S)
        far.wire.overhear(now_s())
        assert names(far) == ["two devices on unit 1, or a repeater"]

    with_far(work, lambda request: [*answers(request), *answers(request)])


def test_the_refusal_of_a_second_device_is_one_as_well(rtu: Any) -> None:
    async def work(far: Far) -> None:
        with pytest.raises(BadAnswer, match="two devices on unit 1"):
            await far.ask(1, 7)

    with_far(work, lambda request: [(0.0, rtu(1, "03020007")), (0.0, rtu(1, "8302"))])


def test_one_that_answers_much_later_is_found_out_and_waited_for(rtu: Any) -> None:
    async def work(far: Far) -> None:
        assert await far.ask(1, 7) == b"\x03\x02\x00\x07"
        with pytest.raises(BadAnswer, match="two devices on unit 1"):
            await far.ask(1, 7)
        assert names(far) == ["two devices on unit 1"]

    with_far(work, lambda request: [(0.0, rtu(1, "03020007")), (0.07, rtu(1, "03020008"))], timeout_s=0.05)


def test_one_that_answers_now_and_then_is_found_out_by_what_the_other_says_at_once(rtu: Any, answers: Script) -> None:
    """The other says the same all the time, as a register does that does not change."""
    asked = 0

    def now_and_then(request: bytes) -> list[tuple[float, bytes]]:
        nonlocal asked
        asked += 1
        return [*([] if asked % 3 else [(0.0, rtu(1, "03021e61"))]), *((0.01, data) for _, data in answers(request))]

    async def work(far: Far) -> None:
        values = []
        for _ in range(60):
            with contextlib.suppress(BadAnswer):
                values.append(await far.ask(1, 7))
            await asyncio.sleep(0.2)
            far.wire.overhear(now_s())
        assert values.count(b"\x03\x02\x1e\x61") == 1, "the one that came before anything was known"
        assert "two devices on unit 1" in names(far)

    with_far(work, now_and_then)


def test_a_repeater_that_is_a_whole_poll_late_is_no_second_device(rtu: Any) -> None:
    """Each answer comes again just behind the next one; the register changes now and then."""
    asked = 0

    def repeated(request: bytes) -> list[tuple[float, bytes]]:
        nonlocal asked
        asked += 1
        value = rtu(1, f"030200{asked // 7:02x}")
        return [(0.0, value), (0.21, value)]

    async def work(far: Far) -> None:
        for _ in range(60):
            with contextlib.suppress(BadAnswer):
                await far.ask(1, 7)
            await asyncio.sleep(0.2)
            far.wire.overhear(now_s())
        assert names(far) == ["two devices on unit 1, or a repeater"]

    with_far(work, repeated)


def test_what_another_master_asks_of_another_unit_takes_no_value_away_and_is_told(rtu: Any, answers: Script) -> None:
    def shared(request: bytes) -> list[tuple[float, bytes]]:
        return [(0.0, rtu(9, "0301f40001") + rtu(9, "0302ffff")), *answers(request)]

    async def work(far: Far) -> None:
        assert await far.ask(1, 7) == b"\x03\x02\x00\x07"
        assert names(far) == ["second master"]

    with_far(work, shared)


def test_a_spoiled_request_of_another_master_makes_an_answer_doubtful(rtu: Any, answers: Script) -> None:
    def shared(request: bytes) -> list[tuple[float, bytes]]:
        spoiled = b"" if request[3] == 7 else rtu(1, "0301f40001")[:-1]
        return [(0.0, rtu(9, "0301f40001") if request[3] == 7 else spoiled), *answers(request)]

    async def work(far: Far) -> None:
        assert await far.ask(1, 7) == b"\x03\x02\x00\x07"
        with pytest.raises(BadAnswer, match="second master"):
            await far.ask(1, 8)

    with_far(work, shared)


def test_nobody_is_asked_while_another_master_waits_and_at_once_when_it_has_its_answer(
    rtu: Any, answers: Script
) -> None:
    """The answer to the other would have passed for ours."""

    async def work(far: Far) -> None:
        await far.ask(1, 7)
        await far.ask(1, 8)
        asked_s = far.says(0.0, rtu(1, "0301f40001"))
        await asyncio.sleep(2 * GAP_S)
        far.says(0.05, rtu(1, "0302ffff"))
        assert await far.ask(1, 9) == b"\x03\x02\x00\x09"
        assert 0.05 <= far.sent_s[2] - asked_s < 0.25

    with_far(work, answers, timeout_s=0.2)


def test_noise_is_told_and_takes_no_value_away(rtu: Any, answers: Script) -> None:
    async def work(far: Far) -> None:
        assert await far.ask(1, 7) == b"\x03\x02\x00\x07"
        assert names(far) == ["noise"]

    with_far(work, lambda request: [(0.0, b"\0\0"), *answers(request)])


def test_the_copy_of_an_answer_is_not_taken_for_a_second_device(answers: Script) -> None:
    async def work(far: Far) -> None:
        for address in (7, 8, 9):
            with contextlib.suppress(BadAnswer):
                await far.ask(1, address)
        assert len(far.sent) >= 3
        assert names(far) == []

    with_far(work, lambda request: [*answers(request), *((0.06, data) for _, data in answers(request))])


def test_each_request_waits_for_the_pause_of_the_line(answers: Script) -> None:
    async def main() -> None:
        far = Far(answers, RtuTiming(0.0, GAP_S, 0.0, pause_s=0.3), 0.05)
        for address in (7, 8):
            await far.ask(1, address)
        assert far.sent_s[1] - far.said_s[0] >= 0.3

    run(main())


class AtItsLimit(Saturation):
    """A line of which it is known, whatever the time that this machine takes."""

    is_reached, lead_s = True, 0.05  # type: ignore[assignment]


async def learned(far: Far) -> None:
    """Asks as often as it takes until what follows an answer is not waited for any more."""
    for _ in range(2):
        await far.ask(1, 7)


def test_on_a_line_at_its_limit_the_answer_comes_early_and_the_wire_keeps_its_whole_silence(answers: Script) -> None:
    async def work(far: Far) -> None:
        await learned(far)
        early = []
        for _ in range(5):
            await far.ask(1, 7)
            early.append(now_s() - far.said_s[-1] < 0.1)
        assert any(early)
        pauses_s = [sent - said for said, sent in zip(far.said_s, far.sent_s[1:], strict=False)]
        assert min(pauses_s) >= 0.0999

    with_far(work, answers, gap_s=0.1, saturation=AtItsLimit(0.1))


def test_with_rtu_frames_in_a_tcp_stream_no_answer_comes_early(answers: Script) -> None:
    async def work(far: Far) -> None:
        await learned(far)
        await far.ask(1, 7)
        assert now_s() - far.said_s[-1] >= 0.0999

    with_far(work, answers, gap_s=0.1, tcp=True, saturation=AtItsLimit(0.1))


def test_a_second_answer_in_the_last_moment_of_the_silence_is_told_and_waited_for(answers: Script, rtu: Any) -> None:
    async def work(far: Far) -> None:
        await learned(far)
        assert await far.ask(1, 7) == b"\x03\x02\x00\x07"
        far.waiting = [rtu(1, "0302002a")]
        await far.ask(2, 8)
        assert [(each.what, each.unit) for each in far.wire.findings.told(now_s())] == [(Finding.TWO_DEVICES, 1)]
        assert far.sent_s[-1] - far.said_s[-2] >= 0.0999, "nothing was sent into it"

    with_far(work, answers, gap_s=0.1, timeout_s=0.2, saturation=AtItsLimit(0.1))


def test_a_unit_that_shares_its_number_is_listened_to_for_long_also_at_the_limit(answers: Script, rtu: Any) -> None:
    async def work(far: Far) -> None:
        await learned(far)
        await far.ask(1, 7)
        far.waiting = [rtu(1, "0302002a")]
        await far.ask(2, 8)
        await far.ask(1, 7)
        assert now_s() - far.said_s[-1] >= 0.0999

    with_far(work, answers, gap_s=0.1, timeout_s=0.2, saturation=AtItsLimit(0.1))
