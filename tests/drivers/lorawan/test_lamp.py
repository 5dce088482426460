"""A lamp behind a LoRaWAN controller: told by downlinks, believed when it speaks."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from msgspec import structs
from patience import PATIENCE_S

from agent.trades.lighting.options import LorawanLampOptions
from drivers.base import Outcome, Reading
from drivers.errors import LineError
from drivers.lorawan import Network, NetworkOptions, models
from drivers.lorawan.lamp import LorawanLampDriver
from drivers.lorawan.uplink import UplinkFrame
from drivers.mistakes import ProfileError
from drivers.mqtt.message import Received
from drivers.options import Seconds

EUI = "24e124756e049153"
DOWN, ACK, TXACK = (f"application/app/device/{EUI}/{each}" for each in ("command/down", "event/ack", "event/txack"))


class Server:
    """The network server's end: what it was sent, and what it says."""

    def __init__(self, answers_s: float = 600.0, channel: int = 1) -> None:
        self.network = Network("town", NetworkOptions(host="127.0.0.1", application="app"))
        model = models.model("milesight-ws558")
        assert model.lamp is not None
        model = structs.replace(model, lamp=structs.replace(model.lamp, answers_s=answers_s))
        options = LorawanLampOptions(network="town", dev_eui=EUI, model="w", channel=channel, heartbeat_s=Seconds(1200))
        self.lamp = LorawanLampDriver("depot", options, self.network, model)
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.came = asyncio.Event()
        self.said: list[Reading] = []
        self.count = 0

    async def publish(self, topic: str, payload: bytes, qos: int) -> None:
        self.sent.append((topic, json.loads(payload)))
        self.came.set()

    def fate(self, topic: str, **more: object) -> None:
        """Tells what became of the frame that was sent last."""
        told = json.dumps({"queueItemId": self.sent[-1][1]["id"], **more}).encode()
        assert self.network.downlinks.takes(Received(topic, told, 1, False, 0.0, 1))

    def uplink(self, payload: str, delay_s: float = 0.0) -> None:
        self.count += 1
        frame, now_s = UplinkFrame(EUI, 85, self.count, bytes.fromhex(payload)), asyncio.get_running_loop().time()
        for member in self.network._members:
            member.enqueue(frame, now_s - delay_s, delay_s)

    async def emit(self, reading: Reading) -> None:
        self.said.append(reading)


def served(play: Callable[[Server], Awaitable[None]], **options: Any) -> Server:
    async def main() -> Server:
        server = Server(**options)
        session: Any = server
        server.network.downlinks.begin(session)
        running = asyncio.create_task(server.lamp.run(server.emit))
        try:
            async with asyncio.timeout(PATIENCE_S):
                await play(server)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        return server

    return asyncio.run(main())


def test_it_is_told_and_believed_when_it_says_so() -> None:
    async def play(server: Server) -> None:
        order = asyncio.create_task(server.lamp.set_level("c1", 100.0))
        await server.came.wait()
        assert server.sent == [
            (DOWN, {"id": server.sent[0][1]["id"], "devEui": EUI, "confirmed": True, "fPort": 85, "data": "CAIC"})
        ]
        server.fate(TXACK)
        server.fate(ACK, acknowledged=True)
        await asyncio.sleep(0)
        assert not order.done(), "its confirmation says nothing of its output"
        server.uplink("08310202")
        assert await order == Outcome("c1", "done", observed=100.0)
        assert [each.value for each in server.said if each.quantity == "level_percent"] == [100.0]
        assert not any(each.quantity.startswith("output_") for each in server.said)

    served(play)


def test_what_it_has_said_before_counts_again_once_it_confirms() -> None:
    """It speaks at changes alone: told what it does already, it has nothing to say."""

    async def play(server: Server) -> None:
        server.uplink("08310002")
        while not server.said:
            await asyncio.sleep(0.01)
        order = asyncio.create_task(server.lamp.set_level("c1", 100.0))
        await server.came.wait()
        server.fate(ACK, acknowledged=True)
        assert await order == Outcome("c1", "done", observed=100.0)

    served(play)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ((), "nothing was heard of it"),
        (((TXACK, {}),), "a gateway has sent it, and the lamp has not confirmed it"),
        (((TXACK, {}), (ACK, {})), "the lamp has not confirmed it: is it of class C"),
        (((ACK, {"acknowledged": True}),), "the lamp has confirmed it, and has not said its level"),
    ],
)
def test_why_it_is_not_known_to_have_done_it(told: tuple[tuple[str, dict[str, bool]], ...], why: str) -> None:
    async def play(server: Server) -> None:
        order = asyncio.create_task(server.lamp.set_level("c1", 100.0))
        await server.came.wait()
        for topic, more in told:
            server.fate(topic, **more)
        outcome = await order
        assert (outcome.status, outcome.observed) == ("failed", None)
        assert outcome.reason.startswith(why)

    served(play, answers_s=0.3)


def test_a_newer_order_replaces_one_that_waits() -> None:
    async def play(server: Server) -> None:
        first = asyncio.create_task(server.lamp.set_level("c1", 100.0))
        await server.came.wait()
        second = asyncio.create_task(server.lamp.set_level("c2", 0.0))
        assert (await first).reason == "a newer command replaced it before the lamp was there"
        server.uplink("08310200")
        assert await second == Outcome("c2", "done", observed=0.0)

    served(play)


def test_what_comes_late_and_of_before_is_no_answer() -> None:
    """A gateway's word behind the lamp's, one of the order before, and a frame that had waited at the broker."""

    async def play(server: Server) -> None:
        first = asyncio.create_task(server.lamp.set_level("c1", 0.0))
        await server.came.wait()
        server.came.clear()
        old = server.sent[0][1]["id"]
        second = asyncio.create_task(server.lamp.set_level("c2", 100.0))
        await asyncio.sleep(0)
        late = Received(ACK, json.dumps({"queueItemId": old, "acknowledged": True}).encode(), 1, False, 0.0, 1)
        assert server.network.downlinks.takes(late)
        await server.came.wait()
        server.fate(ACK)
        server.fate(TXACK)
        server.uplink("08310202", delay_s=60.0)
        outcome = await second
        assert (outcome.status, outcome.observed) == ("failed", None)
        assert outcome.reason.startswith("the lamp has not confirmed it")
        await first

    served(play, answers_s=0.5)


def test_another_output_and_somebody_elses_downlink_say_nothing_of_it() -> None:
    async def play(server: Server) -> None:
        order = asyncio.create_task(server.lamp.set_level("c1", 100.0))
        await server.came.wait()
        server.uplink("08310101")
        other = Received(ACK, b'{"queueItemId": "other", "acknowledged": true}', 1, False, 0.0, 1)
        assert server.network.downlinks.takes(other)
        assert not server.network.downlinks.takes(structs.replace(other, topic="application/app/device/x/event/up"))
        outcome = await order
        assert (outcome.status, outcome.observed) == ("failed", 0.0)

    served(play, answers_s=0.3)


def test_without_a_connection_it_is_down() -> None:
    async def play(server: Server) -> None:
        server.network.downlinks.ended()
        with pytest.raises(LineError, match="depot: its network town is down"):
            await server.lamp.set_level("c1", 100.0)
        assert (await server.lamp.set_level("c2", 40.0)).status == "refused"

    served(play)


def test_a_channel_that_it_has_not() -> None:
    with pytest.raises(ProfileError, match="has no lamp on channel 8"):
        asyncio.run(_made(8))


async def _made(channel: int) -> Server:
    return Server(channel=channel)
