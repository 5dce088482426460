"""A lamp behind a LoRaWAN controller through a real mosquitto, with what ChirpStack does in between."""

import asyncio
import base64
import json
import time
from typing import Any

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from patience import PATIENCE_S

from agent.supervise import Supervisor
from agent.trades.lighting.options import LorawanLampOptions
from drivers.backoff import Backoff
from drivers.base import Outcome, Reading
from drivers.lorawan import Network, NetworkOptions, models
from drivers.lorawan.lamp import LorawanLampDriver
from drivers.options import Seconds

EUI = "24e124756e049153"
TOPIC = f"application/app/device/{EUI}/"


class ChirpStack:
    """Takes downlinks for the controller, acknowledges them, and tells what the controller says then."""

    def __init__(self, port: int) -> None:
        self.states, self.count = 0, 0
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._took
        self._client.connect("127.0.0.1", port)
        self._client.subscribe(TOPIC + "command/down", 1)
        self._client.loop_start()

    def _took(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        told = json.loads(message.payload)
        key, mask, states = base64.b64decode(told["data"])
        assert (key, told["devEui"], told["fPort"], told["confirmed"]) == (8, EUI, 85, True)
        self.states = self.states & ~mask | states
        self._say("txack", queueItemId=told["id"])
        self._say("ack", queueItemId=told["id"], acknowledged=True)
        data = base64.b64encode(bytes((8, 0x31, mask, self.states))).decode()
        self.count += 1
        self._say("up", deviceInfo={"devEui": EUI}, fCnt=self.count, fPort=85, data=data)

    def _say(self, event: str, **told: Any) -> None:
        self._client.publish(f"{TOPIC}event/{event}", json.dumps(told), 1)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_two_outputs_of_one_controller_are_switched_and_believed(start_broker: Any, protocol: str) -> None:
    async def main() -> None:
        broker = start_broker()
        server = ChirpStack(broker.port)
        given = NetworkOptions(host="127.0.0.1", port=broker.port, protocol=protocol, application="app")
        network = Network("town", given, unix_s=time.time)
        lamps = [made(network, channel) for channel in (0, 5)]
        said: list[Reading] = []
        here = asyncio.Event()

        async def emit(reading: Reading) -> None:
            said.append(reading)
            if (reading.device, reading.quantity) == ("town", "reachable"):
                here.set()

        running = [asyncio.create_task(Supervisor(each, emit, Backoff(0.01, 0.05)).run()) for each in (network, *lamps)]
        try:
            async with asyncio.timeout(PATIENCE_S):
                await here.wait()
                assert await lamps[0].set_level("c1", 100.0) == Outcome("c1", "done", observed=100.0)
                assert await lamps[1].set_level("c2", 100.0) == Outcome("c2", "done", observed=100.0)
                assert server.states == 0b100001
                assert await lamps[0].set_level("c3", 0.0) == Outcome("c3", "done", observed=0.0)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            server.close()
        assert network.dropped == {}
        assert {each.quantity for each in said if each.device == "lamp-5"} >= {"level_percent"}

    asyncio.run(main())


def made(network: Network, channel: int) -> LorawanLampDriver:
    """A lamp on an output of the controller."""
    options = LorawanLampOptions(
        network="town", dev_eui=EUI, model="milesight-ws558", channel=channel, heartbeat_s=Seconds(1200)
    )
    return LorawanLampDriver(f"lamp-{channel}", options, network, models.model("milesight-ws558"))
