"""Stays seen by the camera -> statistics or suspected events, by the legal mode."""

from agent.trades.kerb.legal_mode import Mode, ModeState, mode, mode_data, step_mode
from agent.trades.kerb.options import Authorisation, KerbOptions, ZoneCategory, ZoneOptions
from agent.trades.kerb.overstay import AdjacentVehicle, Zone, zone_of
from agent.trades.kerb.zone import ZoneState, initial, step, stored

__all__ = [
    "Authorisation",
    "AdjacentVehicle",
    "KerbOptions",
    "Mode",
    "ModeState",
    "Zone",
    "ZoneCategory",
    "ZoneOptions",
    "ZoneState",
    "initial",
    "mode",
    "mode_data",
    "step",
    "step_mode",
    "stored",
    "zone_of",
]
