"""Contacts and pulses as data: what they mean, and edges by which that is tried."""

from drivers.gpio.profile.loader import FOLDER, SHIPPED, InputProfile, load, names

__all__ = ["FOLDER", "SHIPPED", "InputProfile", "load", "names"]
