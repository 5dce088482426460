"""What a figure stands on, beside the code: interpreter, how lamppost is installed, byte code, machine, TLS, libraries.

Needs nothing but Python's own library, so that any interpreter can be asked in the circumstances of what is measured:

    env -u PYTHONDONTWRITEBYTECODE /opt/lamppost/.venv/bin/python -P bench/standing.py
"""

import importlib.util
import json
import os
import platform
import ssl
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

NO_TLS = "none"
OURS = ("agent", "drivers")
LIBRARIES = ("aiomqtt", "paho-mqtt", "pymodbus", "pyserial", "msgspec")
THEIRS = ("aiomqtt", "paho", "pymodbus", "serial", "msgspec", "asyncio")
"""The same as packages, and one of Python's own library, which Debian and others compile as they install it."""


def stands_on(tls: str = NO_TLS) -> dict[str, Any]:
    """All of it, of this process and as of now.

    Args:
        tls: which of the figures were taken with TLS.
    """
    return {
        "python": interpreter(),
        "lamppost": installed(),
        "byte_code": byte_code(),
        "tls": tls,
        "libraries": {"openssl": ssl.OPENSSL_VERSION} | {name: metadata.version(name) for name in LIBRARIES},
        "machine": machine(),
    }


def interpreter() -> dict[str, Any]:
    program = Path(sys.executable).resolve()
    return {
        "version": platform.python_version(),
        "implementation": platform.python_implementation(),
        "path": sys.executable,
        "program": str(program),
        "debian_package": debian_package(program),
    }


def debian_package(file: Path) -> str | None:
    """The package and its version that brought a file here; None: Debian's package manager did not."""
    try:
        owner = subprocess.run(["dpkg-query", "--search", file], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    if owner.returncode != 0:
        return None
    query = ["dpkg-query", "--show", "--showformat=${Package} ${Version}", owner.stdout.split(":")[0]]
    return subprocess.run(query, capture_output=True, text=True, check=True).stdout


def installed() -> dict[str, Any]:
    """How the `agent` that this interpreter imports came here: a checkout is what pip has not put where it is."""
    folder = _folder("agent").parent
    for found in metadata.distributions(name="lamppost"):
        if found.read_text("RECORD") and Path(str(found.locate_file(""))).resolve() == folder.resolve():
            return {"as": "wheel", "version": found.version, "in": str(folder)}
    return {"as": "checkout", "in": str(folder)}


def byte_code() -> dict[str, Any]:
    """Whether a start finds everything compiled: how many files of each package have byte code that fits their text."""
    counted = {name: count(_folder(name)) for name in (*OURS, *THEIRS)}
    theirs = [sum(numbers) for numbers in zip(*(counted[name] for name in THEIRS), strict=True)]
    return {
        "cached": all(fits == there for fits, there in counted.values()),
        "is_written": not sys.dont_write_bytecode,
        **{name: "{} of {}".format(*counted[name]) for name in OURS},
        "libraries": "{} of {}".format(*theirs),
    }


def count(folder: Path) -> tuple[int, int]:
    """How many sources below a folder this interpreter need not compile, and how many there are."""
    sources = list(folder.rglob("*.py"))
    return sum(map(is_compiled, sources)), len(sources)


def is_compiled(source: Path) -> bool:
    """Whether this interpreter would take the byte code beside a source, by the rules of PEP 552."""
    cached = Path(importlib.util.cache_from_source(str(source)))
    try:
        header = cached.read_bytes()[:16]
    except FileNotFoundError:
        return False
    if len(header) < 16 or header[:4] != importlib.util.MAGIC_NUMBER:
        return False
    flags = int.from_bytes(header[4:8], "little")
    if flags & 0b01:  # by hash: looked at only where the second bit says so
        return not flags & 0b10 or header[8:] == importlib.util.source_hash(source.read_bytes())
    told = source.stat()
    stamp = [int(told.st_mtime) & 0xFFFFFFFF, told.st_size & 0xFFFFFFFF]
    return [int.from_bytes(header[at : at + 4], "little") for at in (8, 12)] == stamp


def machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "processor": _processor(),
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
        "kernel": platform.release(),
        "load": round(os.getloadavg()[0], 2),
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
    }


def _processor() -> str | None:
    """Returns the name of the processor; None on an architecture where the kernel does not tell it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model"))), None)


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{sys.executable} has no package {package}: install lamppost for it")
    return Path(next(iter(spec.submodule_search_locations)))


if __name__ == "__main__":
    print(json.dumps(stands_on(*sys.argv[1:])))
