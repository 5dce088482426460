"""Sole owner of one serial port or TCP link: whose turn, gaps, time-outs, and what a late answer may not do."""

from drivers.line.failures import NoFrame, OnlyEcho, OthersHeard
from drivers.line.findings import Told
from drivers.line.frames import BROADCAST, Request
from drivers.line.line import Line
from drivers.line.options import Baud, LineOptions, SerialLine, TcpLine, units
from drivers.line.priority_lock import Priority

__all__ = [
    "BROADCAST",
    "Baud",
    "Line",
    "LineOptions",
    "NoFrame",
    "OnlyEcho",
    "OthersHeard",
    "Priority",
    "Request",
    "SerialLine",
    "TcpLine",
    "Told",
    "units",
]
