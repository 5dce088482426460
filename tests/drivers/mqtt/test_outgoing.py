"""What is published in one round of the loop goes out with one write, in its order."""

import asyncio
from collections.abc import Callable
from typing import Any

from drivers.mqtt.outgoing import WRITE_BYTES, Outgoing


class Paho:
    """The part of paho's client that has to do with writing."""

    def __init__(self) -> None:
        self.queued: list[bytes] = []
        self.open = True

    def socket(self) -> object | None:
        return self if self.open else None

    def _packet_queue(self, command: int, packet: bytes, mid: int, qos: int) -> None:
        assert (command, mid, qos) == (0x30, 0, 1)
        self.queued.append(packet)


def _run(use: Callable[[Outgoing, Paho], None]) -> list[bytes]:
    async def main() -> list[bytes]:
        client: Any = Paho()
        use(Outgoing(asyncio.get_running_loop(), client), client)
        await asyncio.sleep(0)
        return list(client.queued)

    return asyncio.run(main())


def test_packets_of_one_round_are_one_write() -> None:
    def use(outgoing: Outgoing, client: Paho) -> None:
        for packet in (b"one", b"two"):
            outgoing.add(packet)
        assert client.queued == [], "not before the round is over"

    assert _run(use) == [b"onetwo"]


def test_the_next_round_has_a_write_of_its_own() -> None:
    async def main() -> list[bytes]:
        client: Any = Paho()
        outgoing = Outgoing(asyncio.get_running_loop(), client)
        for packet in (b"one", b"two"):
            outgoing.add(packet)
            await asyncio.sleep(0)
        return list(client.queued)

    assert asyncio.run(main()) == [b"one", b"two"]


def test_what_is_large_does_not_wait_and_nothing_goes_out_twice() -> None:
    large = bytes(WRITE_BYTES)

    def use(outgoing: Outgoing, client: Paho) -> None:
        for packet in (b"one", large, b"two"):
            outgoing.add(packet)
        assert client.queued == [b"one" + large]

    assert _run(use) == [b"one" + large, b"two"]


def test_it_can_be_flushed_before_the_round_is_over() -> None:
    def use(outgoing: Outgoing, client: Paho) -> None:
        outgoing.add(b"one")
        outgoing.flush()
        assert client.queued == [b"one"]

    assert _run(use) == [b"one"]


def test_nothing_is_kept_for_a_connection_that_has_ended() -> None:
    def use(outgoing: Outgoing, client: Paho) -> None:
        outgoing.add(b"one")
        client.open = False

    assert _run(use) == []
