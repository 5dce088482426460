"""The city's end: a platform that takes events from the broker, and once holds a lamp at a level of its own."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiomqtt
import msgspec

EXPIRES_S = 30
AGAIN_S = 5.0

Take = Callable[[bytes], None]
"""What is done with the payload of each event."""


class City:
    """One MQTT session on the demonstration's broker.

    Args:
        topic: of the pole: "lamppost/SITE/POLE".
        take: gets every event as the broker delivers it.
    """

    def __init__(self, port: int, topic: str, take: Take) -> None:
        self._topic, self._take = topic, take
        self._client = aiomqtt.Client(
            "127.0.0.1", port, identifier="city-platform", protocol=aiomqtt.ProtocolVersion.V311
        )
        self._listening = asyncio.Event()
        self._answered: set[str] = set()

    async def listen(self) -> None:
        """Listens until cancelled. Raises aiomqtt.MqttError when the broker goes."""
        async with self._client as client:
            await client.subscribe(f"{self._topic}/event/#", qos=1)
            self._listening.set()
            async for message in client.messages:
                if isinstance(message.payload, bytes):
                    self._note(message.payload)
                    self._take(message.payload)

    async def ready(self) -> None:
        """Wait until nothing that is published from now on can be missed."""
        await self._listening.wait()

    def _note(self, payload: bytes) -> None:
        event = msgspec.json.decode(payload)
        if event["type"] == "command.outcome":
            self._answered.add(event["data"]["command_id"])

    async def hold(self, command_id: str, lamp: str, level_percent: float, hold: str) -> None:
        """Override a lamp; say it again until there is an outcome: an absolute command may come twice."""
        while command_id not in self._answered:
            order = override(command_id, lamp, level_percent, hold, datetime.now(UTC))
            await self._client.publish(f"{self._topic}/command", msgspec.json.encode(order), qos=1)
            await asyncio.sleep(AGAIN_S)


def override(command_id: str, lamp: str, level_percent: float, hold: str, now: datetime) -> dict[str, Any]:
    """A command as a city platform writes it."""
    return {
        "id": command_id,
        "device": lamp,
        "action": "override",
        "value": level_percent,
        "hold": hold,
        "expires": (now + timedelta(seconds=EXPIRES_S)).isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
