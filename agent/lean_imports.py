"""What libraries import and this process has no use for: left out, so that no pole carries it in its memory.

It has to be done before asyncio and the libraries are imported, in the daemon's process alone: commands and the
simulated street use some of it. Every module here can be missing, or is used in calls that the daemon does not make.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


def leave_out() -> None:
    """Leaves out modules that the daemon does not need. A process that has imported asyncio keeps all: it may have
    them already, or need them."""
    if "asyncio" in sys.modules:
        return
    _miss("typing_extensions")  # msgspec asks for it first, and else takes what `typing` has since Python 3.11
    _defer("urllib.request")  # paho asks it for a proxy, which needs PySocks
    _stand_in("pymodbus.datastore", ModbusServerContext=object)  # what a Modbus server serves; named by every PDU


def _miss(name: str) -> None:
    """Whoever imports it is told that there is none."""
    sys.modules[name] = None  # type: ignore[assignment]


class _Deferred(ModuleType):
    """A module that is loaded when something of it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what the import system asks of every module
            raise AttributeError(name)
        sys.modules.pop(self.__name__, None)
        return getattr(import_module(self.__name__), name)


def _defer(name: str) -> None:
    parent, _, child = name.rpartition(".")
    sys.modules[name] = module = _Deferred(name)
    setattr(import_module(parent), child, module)


def _stand_in(name: str, **attributes: Any) -> None:
    module = ModuleType(name)
    vars(module).update(attributes)
    sys.modules[name] = module
