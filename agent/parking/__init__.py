"""Bays: readings -> states -> stays -> events, by the bay's rules."""

from agent.parking.bay import BayState, corrected, initial, step, stored
from agent.parking.options import BayCategory, BayOptions
from agent.parking.sensor_health import SensorHealthOptions, SensorState
from agent.parking.stay import BayStay, Continuity, length

__all__ = [
    "BayCategory",
    "BayOptions",
    "BayState",
    "BayStay",
    "Continuity",
    "SensorHealthOptions",
    "SensorState",
    "corrected",
    "initial",
    "length",
    "step",
    "stored",
]
