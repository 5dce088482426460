"""Sensors that speak LoRaWAN, heard through the MQTT broker of a network server."""

from drivers.lorawan.codecs.frame import Model
from drivers.lorawan.network import Network
from drivers.lorawan.options import LorawanDevice, LorawanSensor, NetworkOptions
from drivers.lorawan.sensor import LorawanDriver

__all__ = ["LorawanDevice", "LorawanDriver", "LorawanSensor", "Model", "Network", "NetworkOptions"]
