"""Frames for the devices of one network server: sent over the connection by which it is heard, and their fates."""

import asyncio
from collections.abc import Callable
from typing import Any

from drivers.errors import LineError
from drivers.lorawan.downlink_formats import APPLICATION, DOWNLINKS, Downlink, Fate
from drivers.lorawan.options import NetworkOptions
from drivers.lorawan.topics import filled
from drivers.mqtt.errors import MqttError
from drivers.mqtt.message import Received
from drivers.mqtt.session import Session
from drivers.translation import _

SEND_S = 10.0
"""The broker takes a message within that time."""


class Downlinks:
    """
    Args:
        network: its name in the configuration.
    """

    def __init__(self, network: str, options: NetworkOptions) -> None:
        self._network, self._application = network, options.application or ""
        self._format = DOWNLINKS.get(options.server)
        self._session: Session | None = None
        self._waiting: dict[str, Callable[[Fate], object]] = {}
        self._topics: set[str] = set()

    def begin(self, session: Session) -> None:
        """What is sent goes over that connection from now on."""
        self._session = session

    def ended(self) -> None:
        self._session = None

    def topics_of(self, eui: str, device_id: str | None) -> tuple[str, ...]:
        """The topics on which it is told what became of frames for a device; none: this server takes no frame."""
        found = tuple(self._filled(each, eui, device_id) for each in self._format.fates) if self._format else ()
        self._topics |= set(found)
        return found

    def takes(self, message: Received) -> bool:
        """Whether a message tells of a downlink, whosever it is; whoever waits for it is told."""
        if self._format is None or message.topic not in self._topics:
            return False
        fate = None if message.retain or message.left_out else self._format.read(message.topic, message.payload)
        if fate is not None and (told := self._waiting.get(fate.id)) is not None:
            told(fate)
        return True

    async def send(
        self, device: str, downlink: Downlink, device_id: str | None, told: Callable[[Fate], object]
    ) -> None:
        """Hands a frame to the server; `told` gets what becomes of it until `forget`. Raises LineError.

        Args:
            device: its name in the configuration, for errors.
            device_id: its name at the network server.
        """
        if self._format is None or self._session is None:
            raise LineError(device, _("its network {network} is down").format(network=self._network), "")
        self._waiting[downlink.id] = told
        topic = self._filled(self._format.topic, downlink.dev_eui, device_id)
        publish: Any = self._session.publish
        try:
            async with asyncio.timeout(SEND_S):
                await publish(topic, self._format.message(downlink), qos=self._format.qos)
        except (MqttError, TimeoutError) as error:
            self.forget(downlink.id)
            what = _("network {network} did not take a frame for it: {reason}")
            raise LineError(device, what.format(network=self._network, reason=error or SEND_S), "") from error

    def forget(self, id: str) -> None:
        """Nobody waits any more for what becomes of that frame."""
        self._waiting.pop(id, None)

    def _filled(self, template: str, eui: str, device_id: str | None) -> str:
        return filled(template.replace(APPLICATION, self._application), eui, device_id)
