"""Parking sensors that speak LoRaWAN, heard through the MQTT broker of a local ChirpStack v4."""

from drivers.lorawan.network import Network
from drivers.lorawan.options import LorawanSensor, NetworkOptions
from drivers.lorawan.sensor import LorawanDriver

__all__ = ["LorawanDriver", "LorawanSensor", "Network", "NetworkOptions"]
