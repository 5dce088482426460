"""[lorawan.NAME] and [sensor.NAME] kind = "lorawan"."""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from drivers.lorawan.codecs.frame import Model
from drivers.lorawan.servers import SERVERS, ServerName
from drivers.lorawan.topics import filled, of_all
from drivers.mqtt.options import BrokerOptions
from drivers.options import Claim, Id, Seconds
from drivers.place import Placed
from drivers.translation import N_, _

DevEui = Annotated[
    str, Meta(pattern=r"^[0-9a-fA-F]{16}\Z", description=N_('a devEUI of 16 hexadecimal digits, as "70b3d5a1c0de0001"'))
]


DeviceId = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z", description=N_("the device's name at the network server"))
]


Application = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]{0,127}\Z", description=N_("an application's id at the network server")),
]


class NetworkOptions(BrokerOptions, frozen=True):
    """[lorawan.NAME]: the MQTT broker of a network server. Without TLS only one on this box is accepted.

    Args:
        session_s: for so long the broker keeps frames for a pole that is away (MQTT 5; with 3.1.1 it decides itself).
        server: which network server it is, and in which format it tells.
        topic: on which it publishes what a device says, with {dev_eui}, {DEV_EUI} or {device_id} in it; None: the
            server's own.
        application: id of the one at the server that the lamps of this network belong to; None: nothing is sent down.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"session_s": ("1min", "90d")}

    session_s: Seconds = Seconds(7 * 86400.0)
    server: ServerName = "chirpstack"
    topic: Annotated[str, Meta(min_length=1, max_length=300)] | None = None
    application: Application | None = None

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        broker = cls.place(values)
        if broker is not None and "username" in values:
            right = _("expected one [lorawan.NAME] for each broker and user: every sensor would be heard twice")
            yield Claim(("topics", *broker, values["username"]), "host", _("hears it already"), right)

    @classmethod
    def hears(cls, values: Mapping[str, Any]) -> tuple[str, ...]:
        template = values.get("topic") or SERVERS[values.get("server", "chirpstack")].topic
        return (of_all(template),) if template else ()

    def topic_of(self, eui: str, device_id: str | None = None) -> str:
        """The topics on which it publishes what a device says, whatever application that belongs to.

        Args:
            eui: its devEUI, 16 hexadecimal digits, small letters.
            device_id: its name at the server; None: not given.
        """
        return filled(self._template, eui, device_id)

    @property
    def topic_of_all(self) -> str:
        """The topics of all devices."""
        return of_all(self._template)

    @property
    def _template(self) -> str:
        return self.topic or SERVERS[self.server].topic or ""


class LorawanDevice:
    """A table that says by which network a device is heard, and by which model it is known; who has it has these keys.

    Args:
        network: name of its [lorawan.NAME].
        device_id: its name at the network server, where topics have that in place of the devEUI, as those of The
            Things Stack; None: not given, so that every device is heard.
        model: a sensor in code, or the name of its profile.
        heartbeat_s: it reports within that time even when nothing has changed, as it was set; None: as its model
            leaves the works.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"heartbeat_s": ("10s", "7d")}
    REFERS: ClassVar[Mapping[str, str]] = {"network": "lorawan"}

    __slots__ = ()

    network: str
    dev_eui: str
    model: str
    device_id: str | None
    heartbeat_s: Seconds | None

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        if "network" in values and "dev_eui" in values:
            network, eui = values["network"], values["dev_eui"].lower()
            what = _("has this dev_eui on {network} already").format(network=network)
            right = _("expected a devEUI of its own for each sensor")
            yield Claim(("dev_eui", network, eui), "dev_eui", what, right, at_key=True)

    @property
    def eui(self) -> str:
        """The devEUI as it is compared."""
        return self.dev_eui.lower()

    def period_s(self, model: Model) -> float:
        """It reports again within that time at the latest."""
        return float(self.heartbeat_s or model.period_s)


class LorawanSensor(LorawanDevice, Placed, frozen=True, tag_field="kind", tag="lorawan"):
    """[sensor.NAME] kind = "lorawan": see `LorawanDevice`."""

    network: Id
    dev_eui: DevEui
    model: Id
    device_id: DeviceId | None = None
    heartbeat_s: Seconds | None = None


class LorawanLamp(LorawanDevice):
    """A table of a lamp behind a LoRaWAN controller; who has it has this key, beside those of `LorawanDevice`.

    Args:
        channel: which of the controller's outputs it is, from 0.
    """

    __slots__ = ()

    channel: int

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        """The lamps of one controller share its devEUI, each with a channel of its own."""
        if not all(key in values for key in ("network", "dev_eui", "model", "channel")):
            return
        network, eui, channel = values["network"], values["dev_eui"].lower(), values["channel"]
        what, right = (
            _("has this dev_eui on {network} already").format(network=network),
            _("expected a devEUI of its own"),
        )
        yield Claim(("dev_eui", network, eui), "dev_eui", what, right, share=values["model"], at_key=True)
        what = _("has channel {channel} of this controller already").format(channel=channel)
        yield Claim(("output", network, eui, channel), "channel", what, _("expected another channel"), at_key=True)
