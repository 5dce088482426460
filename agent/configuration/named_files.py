"""The files that a configuration names: by their keys, whatever table has them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct, structs

from agent.config.schema import Config
from drivers.gpio import GpioInput
from drivers.lorawan import LorawanDevice
from drivers.mapped import LineDevice
from drivers.serial.options import UartSensor

SUFFIX = "_file"
"""The end of every key that names a file."""

SECRETS = ("password_file", "key_file", "certificate_file")
"""Keys of what makes the pole the pole, towards a broker."""

AUTHORITY = "ca_file"


class NamedFile(NamedTuple):
    """One file.

    Args:
        table: where it is named, without "tls": "uplink", "lorawan.net".
    """

    table: str
    key: str
    path: Path


def named_files(
    values: Mapping[str, Any] | Struct, folder: Path, work: Path, above: tuple[str, ...] = ()
) -> Iterator[NamedFile]:
    """Yields every file that is named, in whatever was read of a configuration, be it right or wrong.

    Args:
        folder: where the configuration lies, at which relative paths start.
        work: where those of keys, passwords and certificates do: the working directory of the daemon.
    """
    for key, value in _items(values):
        if isinstance(value, Mapping | Struct):
            yield from named_files(value, folder, work, (*above, key))
        elif key.endswith(SUFFIX) and isinstance(value, str):
            table = ".".join(each for each in above if each not in {"tls", ""})
            start = work if key in {AUTHORITY, *SECRETS} else folder
            yield NamedFile(table, key, start / value)


def _items(values: Mapping[str, Any] | Struct) -> list[tuple[str, Any]]:
    known = structs.asdict(values) if isinstance(values, Struct) else values
    return [(str(key), value) for key, value in known.items()]


def own_profiles(config: Config) -> dict[str, Path]:
    """Returns the technician's own profiles that devices name, by name: "NAME", of a LoRaWAN sensor "lorawan/NAME",
    of one on a serial port "serial/NAME", of an input "gpio/NAME"."""
    own = Path(config.pole.profiles_dir)
    devices = [each for _, _, each in config.members()]
    names = {each.profile for each in devices if isinstance(each, LineDevice)}
    names |= {_of_lorawan(each.model) for each in devices if isinstance(each, LorawanDevice)}
    names |= {f"serial/{each.profile}" for each in devices if isinstance(each, UartSensor)}
    names |= {f"gpio/{each.profile}" for each in devices if isinstance(each, GpioInput)}
    found = {name: own / f"{name}.toml" for name in sorted(names)}
    return {name: path for name, path in found.items() if path.is_file()}


def _of_lorawan(model: str) -> str:
    from drivers.lorawan.profile import FOLDER  # what reads profiles is for poles that have such a sensor

    return f"{FOLDER}/{model}"
