"""The trades of a pole, one line each, in the order in which they are built and shown."""

from agent.trades.base import Trade
from agent.trades.kerb.face import Kerb
from agent.trades.lighting.face import Lighting
from agent.trades.metering.face import Metering
from agent.trades.parking.face import Parking
from agent.trades.sensing.face import Sensing

TRADES: tuple[Trade, ...] = (
    Parking(),
    Lighting(),
    Metering(),
    Kerb(),
    Sensing(),
)
