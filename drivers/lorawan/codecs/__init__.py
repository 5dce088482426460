"""Frames of LoRaWAN sensors whose bits need code, without I/O: bytes in, values out. One file for each family."""

from drivers.lorawan.codecs.frame import BadFrame, Frame, Model, Started

__all__ = ["BadFrame", "Frame", "Model", "Started"]
