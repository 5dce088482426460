"""Parking sensors that speak LoRaWAN, heard through the MQTT broker of a local ChirpStack v4."""

from drivers.lorawan.mqtt_session import Access
from drivers.lorawan.network import Network
from drivers.lorawan.options import LorawanSensor, NetworkOptions, TlsFiles
from drivers.lorawan.sensor import LorawanDriver

__all__ = ["Access", "LorawanDriver", "LorawanSensor", "Network", "NetworkOptions", "TlsFiles"]
