"""A Modbus master over a line."""

from drivers.modbus.master import BIT_FUNCTIONS, Master
from drivers.modbus.refusals import ILLEGAL

__all__ = ["BIT_FUNCTIONS", "ILLEGAL", "Master"]
