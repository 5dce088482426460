"""Modbus TCP without a connection: what is in flight, what is given up, and when the connection is."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any
from unittest import mock

import pytest

from drivers.errors import BadAnswer, LineError, NoAnswer
from drivers.line import Request, TcpLine
from drivers.line.mbap import MbapTransport
from drivers.line.timeouts import AdaptiveTimeouts
from drivers.line.transactions import Transactions
from drivers.options import Seconds
from tests.support.virtual_time import VirtualTimer, now_s, run

Answer = Callable[[int, int, int], None]


def ask(unit: int, address: int) -> Request:
    """Builds a request for one register."""
    return Request("lamp-1", unit, bytes((3, 0, address, 0, 1)), b"\x03\x02", 4)


class Far:
    """The near side of a connection; the test answers by transaction.

    Args:
        sent: transaction, unit and address of each request.
    """

    def __init__(self, timeout_s: float, options: TcpLine) -> None:
        self.usable, self.aborted = True, 0
        self.patience = AdaptiveTimeouts(timeout_s)
        numbers = itertools.count()
        self.wire = MbapTransport("gateway", self.patience, options, Transactions(lambda most: next(numbers)))
        self.sent: list[tuple[int, int, int]] = []
        self.news = asyncio.Event()
        self._port: Any = self

    def write(self, data: bytes) -> None:
        self.sent.append((int.from_bytes(data[:2], "big"), data[6], data[9]))
        self.news.set()

    def abort(self) -> None:
        self.aborted += 1

    def say(self, transaction: int, unit: int, value: int, pdu: bytes | None = None) -> None:
        body = bytes((3, 2, 0, value)) if pdu is None else pdu
        head = transaction.to_bytes(2, "big") + b"\0\0" + (len(body) + 1).to_bytes(2, "big") + bytes((unit,))
        self.wire.heard(head + body)

    async def ask(self, unit: int, address: int, command: bool = False) -> bytes:
        return await self.wire.exchange(self._port, ask(unit, address), command)

    async def answered(self, unit: int) -> None:
        exchange = asyncio.create_task(self.ask(unit, 7))
        await self.asked(len(self.sent) + 1)
        self.say(self.sent[-1][0], unit, 7)
        assert await exchange == b"\x03\x02\x00\x07"

    async def asked(self, count: int) -> None:
        async with asyncio.timeout(5):  # of the loop's own time
            while len(self.sent) < count:
                self.news.clear()
                await self.news.wait()

    async def silence(self, unit: int) -> None:
        with pytest.raises(NoAnswer):
            await self.ask(unit, 0)


def with_far(work: Callable[[Far], Awaitable[None]], timeout_s: float = 0.02, **others: Any) -> None:
    """A peer that keeps several requests apart, unless its options say otherwise."""
    options = TcpLine(host="127.0.0.1", **{"in_flight": 4, **others})

    async def main() -> None:
        with mock.patch("drivers.line.mbap.sleep_until", VirtualTimer().until):
            await work(Far(timeout_s, options))

    run(main())


def test_a_connection_is_given_up_after_three_silences_in_a_row_and_not_before() -> None:
    async def work(far: Far) -> None:
        await far.silence(1)
        await far.silence(2)
        assert far.aborted == 0
        assert (far.patience.unit(1).misses, far.patience.unit(1).silences) == (1, 1)
        far.say(99, 1, 0)
        await far.silence(3)
        await far.silence(4)
        assert far.aborted == 0, "something came between"
        await far.silence(5)
        assert far.aborted == 1
        far.wire.lost()
        await far.silence(6)
        await far.silence(7)
        assert far.aborted == 1, "the next connection is another one"
        await far.silence(8)
        assert far.aborted == 2

    with_far(work)


def test_what_is_no_modbus_ends_the_connection_for_all_that_wait_and_the_next_begins_in_step() -> None:
    async def work(far: Far) -> None:
        both = [asyncio.create_task(far.ask(1, n)) for n in (1, 2)]
        await far.asked(2)
        far.wire.heard(b"\0\1\0\0")
        far.wire.heard(b"\1\1HTTP")
        for found in await asyncio.gather(*both, return_exceptions=True):
            assert isinstance(found, BadAnswer) and "line gateway: no Modbus TCP header" in str(found)
        assert far.aborted == 2, "each that waited sees to it"
        assert far.patience.unit(1).misses == 2 and far.patience.unit(1).silences == 0
        far.wire.lost()
        again = asyncio.create_task(far.ask(1, 3))
        await far.asked(3)
        far.say(far.sent[2][0], 1, 3)
        assert await again == b"\x03\x02\x00\x03"
        assert far.aborted == 2

    with_far(work, 5.0)


def test_half_an_answer_of_a_lost_connection_does_not_spoil_the_next() -> None:
    async def work(far: Far) -> None:
        first = asyncio.create_task(far.ask(1, 1))
        await far.asked(1)
        far.wire.heard(b"\0\1\0\0\0\5\1")
        far.wire.lost()
        with pytest.raises(LineError, match="line gateway: the peer closed the connection"):
            await first
        again = asyncio.create_task(far.ask(1, 2))
        await far.asked(2)
        far.say(far.sent[1][0], 1, 2)
        assert await again == b"\x03\x02\x00\x02"

    with_far(work, 5.0)


def test_each_in_flight_has_its_own_time() -> None:
    """A command gets the whole; a poll of a unit that missed a part of it, though it went out later."""

    async def work(far: Far) -> None:
        far.patience.missed(2, silent=True)
        ended_s: dict[int, float] = {}

        async def silent(unit: int, command: bool) -> None:
            began_s = now_s()
            with pytest.raises(NoAnswer):
                await far.ask(unit, 1, command)
            ended_s[unit] = now_s() - began_s

        whole = asyncio.create_task(silent(1, True))
        await far.asked(1)
        short = asyncio.create_task(silent(2, False))
        await asyncio.gather(whole, short)
        assert list(ended_s) == [2, 1]
        assert 0.1 <= ended_s[2] < 0.35 and ended_s[1] >= 0.4

    with_far(work, 0.4)


def test_after_a_time_out_those_that_still_have_time_are_waited_for() -> None:
    async def work(far: Far) -> None:
        first = asyncio.create_task(far.ask(1, 1))
        await asyncio.sleep(0.2)
        second = asyncio.create_task(far.ask(2, 2))
        await asyncio.gather(first, return_exceptions=True)
        assert isinstance(first.exception(), NoAnswer) and not second.done()
        far.say(far.sent[1][0], 2, 2)
        assert await second == b"\x03\x02\x00\x02"
        third_s = now_s()
        await far.silence(3)
        assert now_s() - third_s >= 0.4

    with_far(work, 0.4)


def test_an_answer_that_is_late_teaches_how_slow_its_unit_is_once() -> None:
    async def work(far: Far) -> None:
        await far.silence(1)
        await asyncio.sleep(0.05)
        far.say(1, 1, 0)
        slowest_s = far.patience.unit(1).slowest_s
        assert 0.07 <= slowest_s < 0.5
        assert far.wire.stray_bytes == 4
        await asyncio.sleep(0.02)
        far.say(1, 1, 0)
        assert far.patience.unit(1).slowest_s == slowest_s
        assert far.wire.stray_bytes == 8

    with_far(work)


def test_of_sixteen_requests_that_were_given_up_a_late_answer_still_teaches_and_of_an_older_one_not() -> None:
    async def work(far: Far) -> None:
        for unit in range(1, 18):
            await far.silence(unit)
        for unit in range(1, 18):
            far.say(unit, unit, 0)
        taught = [unit for unit in range(1, 18) if far.patience.unit(unit).slowest_s > 0]
        assert taught == list(range(2, 18))

    with_far(work, 0.002)


def test_an_answer_to_nobody_is_counted_and_one_to_another_unit_is_none() -> None:
    async def work(far: Far) -> None:
        assert far.wire.stray_bytes == 0
        far.say(77, 1, 0)
        assert far.wire.stray_bytes == 4
        exchange = asyncio.create_task(far.ask(1, 7))
        await far.asked(1)
        far.say(far.sent[0][0], 2, 7)
        with pytest.raises(BadAnswer, match="unit 1 on line gateway: the answer came under unit 2"):
            await exchange
        assert (far.patience.unit(1).misses, far.patience.unit(1).silences) == (1, 0)
        assert far.wire.stray_bytes == 4 and far.aborted == 0
        found = [told.name for told in far.wire.findings.told(now_s())]
        assert found == ["another unit answers", "wrong transaction number"]

    with_far(work, 5.0)


def test_the_second_of_two_answers_to_one_request_is_stray() -> None:
    async def work(far: Far) -> None:
        exchange = asyncio.create_task(far.ask(1, 7))
        await far.asked(1)
        far.say(far.sent[0][0], 1, 7)
        far.say(far.sent[0][0], 1, 8)
        assert await exchange == b"\x03\x02\x00\x07"
        assert far.wire.stray_bytes == 4

    with_far(work, 5.0)


def test_what_a_unit_took_is_from_its_request_to_its_answer() -> None:
    async def work(far: Far) -> None:
        exchange = asyncio.create_task(far.ask(1, 7))
        await far.asked(1)
        await asyncio.sleep(0.03)
        far.say(far.sent[0][0], 1, 7)
        await exchange
        unit = far.patience.unit(1)
        assert 0.03 <= unit.slowest_s < 1.0
        assert unit.answered_s == pytest.approx(now_s(), abs=1.0)
        assert unit.misses == 0

    with_far(work, 5.0)


def test_a_request_that_is_cancelled_leaves_nothing_behind() -> None:
    async def work(far: Far) -> None:
        exchange = asyncio.create_task(far.ask(1, 7))
        await far.asked(1)
        exchange.cancel()
        await asyncio.gather(exchange, return_exceptions=True)
        far.say(far.sent[0][0], 1, 7)
        assert far.wire.stray_bytes == 4
        await asyncio.sleep(0.05)
        await far.silence(2)

    with_far(work)


def test_a_gateways_unit_that_was_silent_is_held_off_as_on_a_serial_line_and_so_is_the_line() -> None:
    async def work(far: Far) -> None:
        await far.answered(1)
        began_s = now_s()
        await far.silence(1)
        assert far.patience.hold_off_left_s(1, began_s) >= 0.2
        await far.answered(2)
        assert now_s() - began_s >= 0.1

    with_far(work, 0.05, in_flight=None)


def test_what_a_gateway_says_of_a_silent_unit_is_a_silence_of_it() -> None:
    """It may have several slots: that there is a line behind it is what it says."""

    async def work(far: Far) -> None:
        await far.answered(1)
        refused = asyncio.create_task(far.ask(1, 8))
        await far.asked(2)
        far.say(2, 1, 0, b"\x83\x0b")
        assert await refused == b"\x83\x0b"
        assert far.patience.hold_off_left_s(1, now_s()) > 0.1
        assert far.patience.unit(1).silences == 1

    with_far(work, 0.1)


def test_of_two_questions_with_a_gateway_for_one_unit_none_is_believed_when_one_was_let_pass() -> None:
    async def work(far: Far) -> None:
        both = [asyncio.create_task(far.ask(1, n)) for n in (1, 2)]
        await far.asked(2)
        far.say(1, 1, 0, b"\x83\x0b")
        with pytest.raises(BadAnswer, match="did not answer another request in time, and may answer that now"):
            await both[1]
        assert await both[0] == b"\x83\x0b"

    with_far(work, 5.0)


@pytest.mark.parametrize("unit", [0, 255])
def test_what_is_the_peer_itself_is_not_held_off(unit: int) -> None:
    async def work(far: Far) -> None:
        await far.silence(unit)
        assert far.patience.hold_off_left_s(unit, now_s()) <= 0

    with_far(work, in_flight=None)


def test_an_answer_that_a_gateway_may_have_asked_for_twice_is_followed_by_a_pause() -> None:
    async def work(far: Far) -> None:
        await far.answered(1)
        slow = asyncio.create_task(far.ask(1, 8))
        await far.asked(2)
        await asyncio.sleep(0.25)
        far.say(2, 1, 8)
        assert await slow == b"\x03\x02\x00\x08"
        assert far.patience.hold_off_left_s(1, now_s()) > 0.9

    with_far(work, 1.0, in_flight=None)


def test_where_a_gateway_was_late_the_copy_of_an_answer_is_asked_for_once_more() -> None:
    """Both were asked by the gateway once more than we asked it."""

    async def work(far: Far) -> None:
        await far.silence(2)
        await far.answered(1)
        copied = asyncio.create_task(far.ask(1, 8))
        await far.asked(3)
        far.say(3, 1, 7)
        await far.asked(4)
        far.say(4, 1, 8)
        with pytest.raises(BadAnswer, match="it sent an answer twice"):
            await copied

    with_far(work, 0.1, in_flight=None)


def test_an_answer_under_a_number_that_was_never_drawn_is_told_as_that() -> None:
    async def work(far: Far) -> None:
        assert not far.wire.is_one_at_a_time
        exchange = asyncio.create_task(far.ask(1, 7))
        await far.asked(1)
        far.say(77, 1, 7)
        with pytest.raises(BadAnswer, match=r"came under transaction number 77, not 1 .*ignore_transaction"):
            await exchange
        assert far.wire.is_one_at_a_time
        assert [told.name for told in far.wire.findings.told(now_s())] == ["wrong transaction number"]
        assert far.patience.hold_off_left_s(1, now_s()) > 0

    with_far(work, 0.05)


def test_numbers_are_not_looked_at_where_the_line_says_so() -> None:
    async def work(far: Far) -> None:
        exchange = asyncio.create_task(far.ask(1, 7))
        await far.asked(1)
        far.say(77, 1, 7)
        assert await exchange == b"\x03\x02\x00\x07"
        assert list(far.wire.findings.told(now_s())) == []

    with_far(work, 5.0, ignore_transaction=True)


def test_units_are_not_looked_at_where_the_line_says_so() -> None:
    async def work(far: Far) -> None:
        exchange = asyncio.create_task(far.ask(1, 7))
        await far.asked(1)
        far.say(1, 255, 7)
        assert await exchange == b"\x03\x02\x00\x07"

    with_far(work, 5.0, ignore_unit=True)


def test_each_request_waits_for_the_pause_of_the_line() -> None:
    async def work(far: Far) -> None:
        await far.answered(1)
        began_s = now_s()
        await far.answered(2)
        assert now_s() - began_s >= 0.09

    with_far(work, 5.0, gap_s=Seconds(0.1))
