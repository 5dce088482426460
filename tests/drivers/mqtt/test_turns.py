"""What a hostile broker costs in one turn of the loop is bounded, so that lamps and bays wait for no flood.

It is counted in calls of functions, which are the same on every machine, and however busy it is. A poll of a lamp takes
some ten turns of the loop from the moment it is due until its answer is read, and MOST_CALLS are some three
milliseconds of CPU time.
"""

import asyncio
import itertools
import socket
import sys
from collections.abc import Callable
from typing import Any

import pytest
from fuzz.brokers import Town, link_to, network_of, read_command
from hostile.attacks import ATTACKS, Edge
from hostile.packets import FRAMES, TOPIC
from patience import PATIENCE_S

from drivers.mqtt.message import Received
from drivers.mqtt.options import BrokerOptions
from drivers.mqtt.session import Session

MOST_CALLS = 15_000
MOST_BYTES = 60_000
"""The beginning of an attack: all go on in the same way, and this is more than is read in three turns."""

Reader = Callable[[Received], None]
EDGES: dict[str, tuple[Callable[[BrokerOptions], Session], Callable[[], Reader], bytes]] = {
    "uplink": (link_to, lambda: read_command, TOPIC),
    "lorawan": (network_of, lambda: Town().read, FRAMES),
}


class Counting(asyncio.SelectorEventLoop):
    """Counts the calls of each turn."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = self.most = 0

    def count(self, _frame: object, event: str, _argument: object) -> None:
        self.calls += event in ("call", "c_call")

    def _run_once(self) -> None:
        before = self.calls
        super()._run_once()  # type: ignore[misc]
        self.most = max(self.most, self.calls - before)


def _stream(name: str, edge: Edge) -> bytes:
    stream = b""
    for piece in itertools.islice(ATTACKS[name](edge), 2000):
        stream += piece
        if len(stream) > MOST_BYTES:
            break
    return stream


async def _attack(client: Session, read: Reader, stream: bytes) -> None:
    """The worst case: no turn ends because of its time, and there is no rest between two."""
    here, there = socket.socketpair()
    here.setblocking(False)
    there.setblocking(False)
    client._watch._spent_s = client._watch._reader._spent_s = lambda: 0.0
    client._client._sock = here
    client._begin(here)
    client._connected.set_result(None)
    conversing = [asyncio.create_task(each) for each in (_send(there, stream), _hear(there))]
    with there:
        async with asyncio.timeout(PATIENCE_S):
            while client._client.socket() is not None:
                await _take(client, read)
                await asyncio.sleep(0)
        await asyncio.wait(conversing)
    client._disconnected.exception()


async def _send(there: socket.socket, stream: bytes) -> None:
    try:
        await asyncio.get_running_loop().sock_sendall(there, stream)
        there.shutdown(socket.SHUT_WR)
    except OSError:  # the connection was ended for what had come
        return


async def _hear(there: socket.socket) -> None:
    try:
        while await asyncio.get_running_loop().sock_recv(there, 65_536):
            pass
    except OSError:  # so it was here
        return


async def _take(client: Session, read: Reader) -> None:
    while len(client._arrived) and (message := await client.receive(None)) is not None:
        read(message)
        client.acknowledge(message)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("name", ATTACKS)
def test_a_turn_of_the_loop_is_short_whatever_comes(name: str, edge: str, protocol: Any) -> None:
    make, reader, topic = EDGES[edge]
    stream = _stream(name, Edge(edge, protocol, topic, lambda n: b'{"id": "c-%d"}' % n))
    read = reader()  # the first of them loads what it reads with

    async def main() -> None:
        await _attack(make(BrokerOptions(host="127.0.0.1", protocol=protocol)), read, stream)

    with asyncio.Runner(loop_factory=Counting) as runner:
        loop: Any = runner.get_loop()
        sys.setprofile(loop.count)
        try:
            runner.run(main())
        finally:
            sys.setprofile(None)
    assert 0 < loop.most <= MOST_CALLS
