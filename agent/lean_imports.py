"""What libraries import and this process has no use for: left out, so that no pole carries it in its memory.

It has to be done before asyncio and the libraries are imported, in the daemon's process alone: commands and the
simulated street use some of it. Every module here can be missing, or is used in calls that the daemon does not make.
"""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

_NO_TLS = "no table of the configuration is one of TLS, so ssl was not loaded (agent/lean_imports.py)"


def leave_out(config: Path) -> None:
    """Nothing is left out of a process that has imported asyncio: it may have the modules already, or need them.

    Args:
        config: of the pole; without a table of TLS in it, OpenSSL is left out too.
    """
    if "asyncio" in sys.modules:
        return
    _miss("typing_extensions")  # msgspec asks for it first, and else takes what `typing` has since Python 3.11
    _defer("urllib.request")  # paho asks it for a proxy, which needs PySocks
    _stand_in("pymodbus.datastore", ModbusServerContext=object)  # what a Modbus server serves; named by every PDU
    if not has_tls(config):
        _miss("_hashlib")  # OpenSSL's hashes: Python has its own
        _stand_in("ssl", **_ssl())


def has_tls(config: Path) -> bool:
    """Whether a configuration has a table of TLS. One that cannot be read may have: its errors are told by others."""
    import tomllib

    try:
        return not config.is_file() or _has_key(tomllib.loads(config.read_text("utf-8")), "tls")
    except (OSError, ValueError, RecursionError):
        return True


def _has_key(value: Any, key: str) -> bool:
    if isinstance(value, dict):
        return key in value or any(_has_key(each, key) for each in value.values())
    return isinstance(value, list) and any(_has_key(each, key) for each in value)


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
    module = ModuleType(name, "Stands for the module of this name, of which nothing else is used here.")
    vars(module).update(attributes)
    sys.modules[name] = module


def _ssl() -> dict[str, Any]:
    """What is asked of a connection and of an error that may be TLS's: there are none of these here.

    asyncio, aiomqtt, paho and `drivers.mqtt` name them. A context cannot be made: whoever tries is told why.
    """

    class SSLError(OSError):
        pass

    class SSLCertVerificationError(SSLError, ValueError):
        pass

    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError(_NO_TLS)

    errors = ("SSLWantReadError", "SSLWantWriteError", "SSLSyscallError", "SSLZeroReturnError", "SSLEOFError")
    return {
        "SSLError": SSLError,
        "SSLCertVerificationError": SSLCertVerificationError,
        "CertificateError": SSLCertVerificationError,
        **{name: type(name, (SSLError,), {}) for name in errors},
        **{name: type(name, (), {"__init__": refuse}) for name in ("SSLContext", "SSLSocket", "SSLObject")},
        "create_default_context": refuse,
    }
