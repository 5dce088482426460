"""Sensors that speak LoRaWAN, heard through the MQTT broker of a network server."""

from typing import TYPE_CHECKING, Any

from drivers.lorawan.codecs.frame import Model
from drivers.lorawan.options import LorawanDevice, LorawanSensor, NetworkOptions

if TYPE_CHECKING:
    from drivers.lorawan.network import Network
    from drivers.lorawan.sensor import LorawanDriver

__all__ = ["LorawanDevice", "LorawanDriver", "LorawanSensor", "Model", "Network", "NetworkOptions"]


def __getattr__(name: str) -> Any:
    """What listens is loaded by the poles that have such a network."""
    match name:
        case "LorawanDriver":
            from drivers.lorawan.sensor import LorawanDriver

            return LorawanDriver
        case "Network":
            from drivers.lorawan.network import Network

            return Network
    raise AttributeError(name)
