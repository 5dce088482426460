"""What is imported and a healthy process has no use for: left out, so that no pole carries it in its memory.

It has to be done before asyncio and the libraries are imported, in the daemon's process alone: commands and the
simulated street use some of it. Every module here can be missing, is used in calls that the daemon does not make, or is
loaded by the first call that uses it.
"""

import os
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

ZONES = "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo"
"""The folders in which Debian's Python looks for time zones, in order."""

CODE_FLAGS = {
    **{0x1: "OPTIMIZED", 0x2: "NEWLOCALS", 0x4: "VARARGS", 0x8: "VARKEYWORDS", 0x10: "NESTED", 0x20: "GENERATOR"},
    **{0x40: "NOFREE", 0x80: "COROUTINE", 0x100: "ITERABLE_COROUTINE", 0x200: "ASYNC_GENERATOR"},
}
"""The flags of code objects by their names (Include/cpython/code.h); the same from Python 3.11 on."""

_FOR_ONE_CALL = (
    "agent.config.meant",  # of a wrong value: what may have been meant
    "agent.config.slips",  # of a wrong line
    "gettext",  # of a service that speaks another language than English
    "locale",  # of subprocess, for text of programs
    "sysconfig",  # of zoneinfo, for the folder of the zones
    "tokenize",  # of inspect and linecache, for lines of source in a traceback
    "urllib.request",  # paho asks it for a proxy, which needs PySocks
)


def leave_out() -> None:
    """Leaves out modules that the daemon does not need. A process that has imported asyncio keeps all: it may have
    them already, or need them."""
    if "asyncio" in sys.modules:
        return
    for name in _FOR_ONE_CALL:
        _defer(name)
    _defer("ast", NodeVisitor=object)  # inspect asks it for signatures of C functions, and for the source of a class
    _defer("dis", COMPILER_FLAG_NAMES=CODE_FLAGS)  # all that inspect asks of it
    sys.modules.setdefault("datetime", import_module("_datetime"))  # Python 3.11 runs the slow one first, and drops it
    _defer("platform", system=lambda: "Linux")  # all that paho and uuid ask of it
    os.environ.setdefault("PYTHONTZPATH", ZONES)  # or zoneinfo asks sysconfig, which loads how Python was built
    _miss("typing_extensions")  # msgspec asks for it first, and else takes what `typing` has since Python 3.11
    _stand_in("pymodbus.datastore", ModbusServerContext=object)  # what a Modbus server serves; named by every PDU


def _miss(name: str) -> None:
    """Whoever imports it is told that there is none."""
    sys.modules[name] = None  # type: ignore[assignment]


class Deferred(ModuleType):
    """A module that is loaded when something of it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what the import system asks of every module
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


def _defer(name: str, **known: Any) -> None:
    """`known` is had without loading it."""
    parent, _, child = name.rpartition(".")
    sys.modules[name] = module = Deferred(name)
    vars(module).update(known)
    if parent:
        setattr(import_module(parent), child, module)


def _stand_in(name: str, **attributes: Any) -> None:
    module = ModuleType(name)
    vars(module).update(attributes)
    sys.modules[name] = module
