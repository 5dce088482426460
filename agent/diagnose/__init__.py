"""pole.diagnose: what a technician would ask a box that nobody stands beside; bounded, and without secrets."""

from agent.diagnose.action import Diagnose
from agent.diagnose.log_tail import LogTail

__all__ = ["Diagnose", "LogTail"]
