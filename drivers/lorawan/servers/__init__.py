"""What network servers publish: one message in, one frame out. One file for each format."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Literal

from msgspec import Struct

from drivers.lorawan.uplink import NotAnUplink, PathsOf, UplinkFrame

Reads = Callable[[bytes, PathsOf], UplinkFrame | None]
"""A message, and what is wanted of the server's own decoding -> the frame; None: it tells something else of a device.
Raises NotAnUplink."""

ServerName = Literal["chirpstack", "chirpstack-protobuf", "chirpstack-v3", "tts", "thingpark", "loriot"]

_OF_CHIRPSTACK = "application/+/device/{dev_eui}/event/up"


class Server(Struct, frozen=True):
    """One format of one network server.

    Args:
        title: its name, for people.
        module: which reads it, loaded for whoever has such a network.
        topic: on which it publishes what a device says; None: whoever set it up has chosen that.
        clock: where the time is told by which its frames are dated.
        versions: of MQTT that it speaks.
    """

    title: str
    module: str
    topic: str | None
    clock: str
    versions: tuple[str, ...] = ("5", "3.1.1")

    @property
    def read(self) -> Reads:
        """What reads a message; it is loaded now."""
        uplink: Reads = import_module(f"{__name__}.{self.module}").uplink
        return uplink


SERVERS: Mapping[ServerName, Server] = {
    "chirpstack": Server("ChirpStack v4", "chirpstack", _OF_CHIRPSTACK, "nsTime"),
    "chirpstack-protobuf": Server("ChirpStack v4, Protocol Buffers", "chirpstack_protobuf", _OF_CHIRPSTACK, "ns_time"),
    "chirpstack-v3": Server("ChirpStack v3", "chirpstack_v3", _OF_CHIRPSTACK, "publishedAt"),
    "tts": Server("The Things Stack", "things_stack", "v3/+/devices/{device_id}/up", "received_at", ("3.1.1",)),
    "thingpark": Server("ThingPark", "thingpark", None, "Time"),
    "loriot": Server("LORIOT", "loriot", None, "ts"),
}
"""Each by the name that the configuration gives it."""

_SUREST: tuple[ServerName, ...] = ("thingpark", "loriot", "tts", "chirpstack-protobuf", "chirpstack-v3", "chirpstack")
"""The order in which a message is tried that is none of the server it should be of."""


def likely(message: bytes) -> ServerName | None:
    """Says whose message one may be; None: nobody's that is known."""
    for name in _SUREST:
        try:
            if SERVERS[name].read(message, lambda eui: ()) is not None:
                return name
        except NotAnUplink:
            continue
    return None
