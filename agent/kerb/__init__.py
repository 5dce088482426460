"""Stays seen by the camera -> statistics or suspected events, by the legal mode."""

from agent.kerb.law import Mode, ModeState, mode, step_mode
from agent.kerb.options import Authorisation, KerbOptions, ZoneCategory, ZoneOptions
from agent.kerb.zone import Zone, ZoneState, initial, overstay_at_s, step, stored

__all__ = [
    "Authorisation",
    "KerbOptions",
    "Mode",
    "ModeState",
    "Zone",
    "ZoneCategory",
    "ZoneOptions",
    "ZoneState",
    "initial",
    "mode",
    "overstay_at_s",
    "step",
    "step_mode",
    "stored",
]
