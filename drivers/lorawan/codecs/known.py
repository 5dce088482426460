"""Every sensor whose bits need code."""

from collections.abc import Mapping

from drivers.lorawan.codecs import bosch, dingtek, libelium, milesight, nwave
from drivers.lorawan.codecs.frame import Model

CODECS: Mapping[str, Model] = {
    "bosch-tps110": bosch.MODEL,
    "nwave-nps405": nwave.MODEL,
    "dingtek-do201": dingtek.MODEL,
    "libelium-parking": libelium.MODEL,
    "milesight-em310-udl": milesight.MODEL,
}
"""Each by the name that the configuration gives it."""
