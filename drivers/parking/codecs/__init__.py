"""Frames of parking sensors, without I/O: bytes in, values out. One file for each family."""

from collections.abc import Mapping
from typing import Literal

from drivers.parking.codecs import bosch, dingtek, libelium, milesight, nwave
from drivers.parking.codecs.a02 import A02Decoder, Distance
from drivers.parking.codecs.frame import BadFrame, Frame, Model, Started

ModelName = Literal["bosch-tps110", "nwave-nps405", "dingtek-do201", "libelium-parking", "milesight-em310-udl"]

MODELS: Mapping[ModelName, Model] = {
    "bosch-tps110": bosch.MODEL,
    "nwave-nps405": nwave.MODEL,
    "dingtek-do201": dingtek.MODEL,
    "libelium-parking": libelium.MODEL,
    "milesight-em310-udl": milesight.MODEL,
}
"""Every LoRaWAN sensor, by the name that the configuration gives it."""

__all__ = ["MODELS", "A02Decoder", "BadFrame", "Distance", "Frame", "Model", "ModelName", "Started"]
