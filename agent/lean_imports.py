"""What is imported and a healthy process has no use for: left out, so that no pole carries it in its memory.

It has to be done before asyncio and the libraries are imported, in the daemon's process alone: commands and the
simulated street use some of it. Every module here can be missing, is used in calls that the daemon does not make, or is
loaded by the first call that uses it.
"""

import os
import sys
from importlib import import_module
from threading import Lock
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
    "agent.config.crosscheck.certificates",  # of a broker with TLS
    "agent.config.meant",  # of a wrong value: what may have been meant
    "agent.config.messages",  # of a wrong value: what is wrong
    "agent.config.slips",  # of a wrong line
    "base64",  # of a signature, of ssl and of LoRaWAN
    "drivers.expected",  # of a wrong value: what is right
    "drivers.mqtt.tls",  # of a broker with TLS
    "drivers.mqtt.tls_socket",  # the same
    "gettext",  # of a service that speaks another language than English
    "ipaddress",  # of urllib, for addresses in URLs
    "locale",  # of subprocess, for text of programs
    "msgspec.inspect",  # of a wrong value: what kind is right
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
    setattr(import_module("urllib"), "request", sys.modules["urllib.request"])  # noqa: B010 - so paho calls it
    _defer("ast", NodeVisitor=object)  # inspect asks it for signatures of C functions, and for the source of a class
    _defer("dis", COMPILER_FLAG_NAMES=CODE_FLAGS)  # all that inspect asks of it
    sys.modules.setdefault("datetime", import_module("_datetime"))  # Python 3.11 runs the slow one first, and drops it
    _defer("platform", system=lambda: "Linux")  # all that paho and uuid ask of it
    _defer("subprocess", PIPE=-1, STDOUT=-2, DEVNULL=-3)  # all that asyncio asks of it until a program is run
    os.environ.setdefault("PYTHONTZPATH", ZONES)  # or zoneinfo asks sysconfig, which loads how Python was built
    _miss("typing_extensions")  # msgspec asks for it first, and else takes what `typing` has since Python 3.11
    _miss("_hashlib")  # OpenSSL's digests, beside which Python has its own
    _stand_in("msgspec._json_schema", schema=None, schema_components=None)  # the daemon prints no schema
    _stand_in("pymodbus.datastore", ModbusServerContext=object)  # what a Modbus server serves; named by every PDU
    _import_asyncio_without_tls()


def _import_asyncio_without_tls() -> None:
    """OpenSSL is loaded for a broker with TLS alone, whose connection has a socket of its own:
    drivers/mqtt/tls_socket.py. Nobody asks asyncio for TLS."""
    _miss("ssl")
    import_module("asyncio")
    _defer("ssl")


def _miss(name: str) -> None:
    """Whoever imports it is told that there is none."""
    sys.modules[name] = None  # type: ignore[assignment]


_LOADING = Lock()


class Deferred(ModuleType):
    """A module that is loaded when something of it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what the import system asks of every module
            raise AttributeError(name)
        with _LOADING:
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


def _defer(name: str, **known: Any) -> None:
    """Whoever says `import name` or `from package import name` has it loaded by its first use. `known` is had without
    loading it."""
    sys.modules[name] = module = Deferred(name)
    vars(module).update(known)


def _stand_in(name: str, **attributes: Any) -> None:
    module = ModuleType(name)
    vars(module).update(attributes)
    sys.modules[name] = module
