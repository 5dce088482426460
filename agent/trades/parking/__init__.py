"""Bays: what sensors and cameras say -> states -> stays -> events, by the local order."""

from agent.trades.parking.bay import step
from agent.trades.parking.options import BayCategory, BayOptions, ParkingOptions, RuleOptions, RulesFile, TemporaryOrder
from agent.trades.parking.order import Order, order_of
from agent.trades.parking.sensor_health import SensorHealthOptions, SensorState
from agent.trades.parking.source import Source, source_of, zone_of
from agent.trades.parking.sources_update import QUANTITIES
from agent.trades.parking.state import Bay, BayState, corrected, initial, sensed_state, status_view, stored
from agent.trades.parking.stay import BayStay, Continuity, length

__all__ = [
    "QUANTITIES",
    "Bay",
    "BayCategory",
    "BayOptions",
    "BayState",
    "BayStay",
    "Continuity",
    "Order",
    "ParkingOptions",
    "RuleOptions",
    "RulesFile",
    "SensorHealthOptions",
    "SensorState",
    "Source",
    "TemporaryOrder",
    "corrected",
    "initial",
    "length",
    "order_of",
    "sensed_state",
    "status_view",
    "source_of",
    "step",
    "stored",
    "zone_of",
]
