"""Lines of a GPIO chip: contacts of bays, dry or of loop detectors, contacts and pulses by a profile, and lamps."""

from drivers.gpio.options import GpioInput, GpioSensor
from drivers.gpio.sensor import GpioDriver

__all__ = ["GpioDriver", "GpioInput", "GpioSensor"]
