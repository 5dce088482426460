"""[lorawan.NAME] and [sensor.NAME] kind = "lorawan"."""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from drivers.base import Reporting
from drivers.lorawan.codecs import MODELS, ModelName
from drivers.mqtt.options import BrokerOptions
from drivers.options import Claim, Id, Seconds
from drivers.place import Placed
from drivers.translation import N_, _

DevEui = Annotated[
    str, Meta(pattern=r"^[0-9a-fA-F]{16}\Z", description=N_('a devEUI of 16 hexadecimal digits, as "70b3d5a1c0de0001"'))
]


TOPIC = "application/+/device/+/event/up"
"""The topics on which a ChirpStack publishes what its sensors say."""


def topic_of(eui: str) -> str:
    """The topics on which it publishes what one of them says, whatever application it belongs to.

    Args:
        eui: its devEUI, 16 hexadecimal digits, small letters.
    """
    return f"application/+/device/{eui}/event/up"


class NetworkOptions(BrokerOptions, frozen=True):
    """[lorawan.NAME]: the MQTT broker of a ChirpStack v4. Without TLS only one on this box is accepted.

    Args:
        session_s: for so long the broker keeps frames for a pole that is away (MQTT 5; with 3.1.1 it decides itself).
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"session_s": ("1min", "90d")}
    HEARS: ClassVar[tuple[str, ...]] = (TOPIC,)

    session_s: Seconds = Seconds(7 * 86400.0)

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        broker = cls.place(values)
        if broker is not None and "username" in values:
            right = _("expected one [lorawan.NAME] for each broker and user: every sensor would be heard twice")
            yield Claim(("topics", *broker, values["username"]), "host", _("hears it already"), right)


class LorawanSensor(Placed, frozen=True, tag_field="kind", tag="lorawan"):
    """[sensor.NAME] kind = "lorawan".

    Args:
        network: name of its [lorawan.NAME].
        heartbeat_s: it reports within that time even when nothing has changed, as it was set; None: as its model
            leaves the works.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"heartbeat_s": ("10s", "7d")}
    REFERS: ClassVar[Mapping[str, str]] = {"network": "lorawan"}

    network: Id
    dev_eui: DevEui
    model: ModelName
    heartbeat_s: Seconds | None = None

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

    @property
    def reporting(self) -> Reporting:
        model = MODELS[self.model]
        period_s, decides = self.heartbeat_s or model.reporting.period_s, model.reporting.decides
        if decides != "occupied":
            return Reporting(period_s, decides)
        return Reporting(period_s, decides, model.tells_within_s, speaks_at_changes=True)
