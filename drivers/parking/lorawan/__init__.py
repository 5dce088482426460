"""Parking sensors that speak LoRaWAN, heard through the MQTT broker of a local ChirpStack v4."""

from drivers.parking.lorawan.network import Network
from drivers.parking.lorawan.options import LorawanSensor, NetworkOptions
from drivers.parking.lorawan.sensor import LorawanDriver

__all__ = ["LorawanDriver", "LorawanSensor", "Network", "NetworkOptions"]
