"""A Modbus master over a line."""

from drivers.modbus.master import BIT_FUNCTIONS, Master
from drivers.modbus.refusals import ILLEGAL, NO_ANSWER_TO_GATEWAY

__all__ = ["BIT_FUNCTIONS", "ILLEGAL", "NO_ANSWER_TO_GATEWAY", "Master"]
