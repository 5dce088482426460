"""Parking sensors that close a contact: dry contacts, and the relays of loop detectors, on lines of a GPIO chip."""

from drivers.gpio.options import GpioSensor
from drivers.gpio.sensor import GpioDriver

__all__ = ["GpioDriver", "GpioSensor"]
