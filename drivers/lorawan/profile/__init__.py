"""LoRaWAN sensors as data: what their frames say, and bytes by which that is tried."""

from drivers.lorawan.profile.loader import FOLDER, SHIPPED, load, names

__all__ = ["FOLDER", "SHIPPED", "load", "names"]
