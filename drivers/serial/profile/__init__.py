"""Sensors on a serial port as data: the frames or the lines that they say, and bytes by which that is tried."""

from drivers.serial.profile.loader import FOLDER, SHIPPED, SerialProfile, load, names

__all__ = ["FOLDER", "SHIPPED", "SerialProfile", "load", "names"]
