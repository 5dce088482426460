"""Frames of LoRaWAN sensors, without I/O: bytes in, values out. One file for each family."""

from collections.abc import Mapping
from typing import Literal

from drivers.lorawan.codecs import bosch, dingtek, libelium, milesight, nwave
from drivers.lorawan.codecs.frame import BadFrame, Frame, Model, Started

ModelName = Literal["bosch-tps110", "nwave-nps405", "dingtek-do201", "libelium-parking", "milesight-em310-udl"]

MODELS: Mapping[ModelName, Model] = {
    "bosch-tps110": bosch.MODEL,
    "nwave-nps405": nwave.MODEL,
    "dingtek-do201": dingtek.MODEL,
    "libelium-parking": libelium.MODEL,
    "milesight-em310-udl": milesight.MODEL,
}
"""Every LoRaWAN sensor, by the name that the configuration gives it."""

__all__ = ["MODELS", "BadFrame", "Frame", "Model", "ModelName", "Started"]
