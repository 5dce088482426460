"""Parking sensors that speak LoRaWAN, heard through the MQTT broker of a local ChirpStack v4."""

from drivers.parking.lorawan.network import Network
from drivers.parking.lorawan.options import LorawanSensor, NetworkOptions, TlsFiles
from drivers.parking.lorawan.sensor import LorawanDriver
from drivers.parking.lorawan.session import Access

__all__ = ["Access", "LorawanDriver", "LorawanSensor", "Network", "NetworkOptions", "TlsFiles"]
