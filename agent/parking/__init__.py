"""Bays: what sensors and cameras say -> states -> stays -> events, by the local order."""

from agent.parking.bay import step
from agent.parking.hear import HEARS
from agent.parking.options import BayOptions, ParkingOptions
from agent.parking.sensor_health import SensorHealthOptions, SensorState
from agent.parking.source import Source, source_of, zone_of
from agent.parking.state import Bay, BayState, corrected, initial, seen, shown, stored
from agent.parking.stay import BayStay, length

__all__ = [
    "HEARS",
    "Bay",
    "BayOptions",
    "BayState",
    "BayStay",
    "ParkingOptions",
    "SensorHealthOptions",
    "SensorState",
    "Source",
    "corrected",
    "initial",
    "length",
    "seen",
    "shown",
    "source_of",
    "step",
    "stored",
    "zone_of",
]
