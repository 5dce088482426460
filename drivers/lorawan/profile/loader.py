"""Loads profiles of LoRaWAN sensors from files."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from drivers import profile_files
from drivers.lorawan.codecs.frame import Decides, Model
from drivers.lorawan.profile.checks import DECIDES, mistakes
from drivers.lorawan.profile.decoder import ProfileDecoder
from drivers.lorawan.profile.schema import (
    NAME_PATTERN,
    ChannelTable,
    FrameTable,
    SensorTables,
    TlvTable,
    ValueTable,
    VectorTable,
)
from drivers.lorawan.profile.vectors import failures
from drivers.mistakes import Mistake, ProfileError, raise_all, wrong_keys, wrong_names
from drivers.options import decode

SHIPPED = Path(__file__).parents[2] / "profiles" / "lorawan"

FOLDER = "lorawan"
"""The place of the technician's own, in the folder of the register maps."""

_LISTS: dict[str, type[msgspec.Struct]] = {"value": ValueTable, "vector": VectorTable}
_NAMED: dict[str, type[msgspec.Struct]] = {"frame": FrameTable, "channel": ChannelTable}


def names(own_dir: Path | None = None) -> tuple[str, ...]:
    """All profiles that `load` finds, in order.

    Args:
        own_dir: the technician's own register maps.
    """
    return profile_files.names(_own(own_dir), SHIPPED)


def _own(own_dir: Path | None) -> Path | None:
    return own_dir / FOLDER if own_dir is not None else None


def path_of(name: str, own_dir: Path | None) -> Path | None:
    """The file of a profile; None: there is none."""
    return profile_files.find(name, _own(own_dir), SHIPPED)


def load(name: str, own_dir: Path | None = None) -> Model | None:
    """The sensor that a profile describes; None: there is no such profile. One of the technician's own goes before a
    shipped one of that name.

    Raises:
        ProfileError: it is wrong: every mistake with file and line.
    """
    path = path_of(name, own_dir)
    if path is None:
        return None
    judged = _judged(path, profile_files.text_of(path, SHIPPED))
    if isinstance(judged, str):
        raise ProfileError(judged)
    return judged


@lru_cache(maxsize=64)
def _judged(path: Path, text: str) -> Model | str:
    """The sensor, or every mistake. Each text is judged once: many sensors share a profile."""
    try:
        return model(tables_of(path, text))
    except ProfileError as error:
        return str(error)


def tables_of(path: Path, text: str) -> SensorTables:
    """The tables of a file whose vectors come out as they say. Raises ProfileError."""
    given = profile_files.parsed(path, text)
    raise_all(path, text, _wrong_types(given))
    tables = msgspec.convert(given, SensorTables, dec_hook=decode)
    raise_all(path, text, mistakes(tables))
    raise_all(path, text, failures(tables))
    return tables


def _wrong_types(given: dict[str, Any]) -> Iterator[Mistake]:
    """Each table apart, so that all mistakes come out in one run, and with the table's name."""
    apart: dict[str, Any] = {}
    for name, table in _NAMED.items():
        if isinstance(given.get(name), dict):
            apart[name] = {}
            yield from wrong_names(name, given[name], NAME_PATTERN, table)
    for name, each in _LISTS.items():
        if isinstance(found := given.get(name), list):
            apart[name] = []
            for number, one in enumerate(found, 1):
                yield from wrong_keys(f"{name}#{number}", one, each)
    if isinstance(given.get("tlv"), dict):
        apart["tlv"] = None
        yield from wrong_keys("tlv", given["tlv"], TlvTable)
    yield from wrong_keys("", given | apart, SensorTables)


def model(tables: SensorTables) -> Model:
    """The sensor that sound tables describe."""
    decoder = ProfileDecoder(tables)
    told = {each.quantity: each for each in reversed(tables.value)}
    can: list[Decides] = [word for quantity, word in DECIDES.items() if quantity in told]
    decides = tables.decides or next(iter(can), None)
    ranges = {name: (*each.range, each.unit) for name, each in told.items() if each.range is not None}
    paths = tuple(each.object for each in tables.value if each.object is not None)
    distance = ranges.pop("distance_mm", (0.0, float(0xFFFF), ""))
    return Model(
        tables.description,
        decoder.decode,
        float(tables.reports_s),
        decides,
        tables.tells_within_s and float(tables.tells_within_s),
        range_mm=distance[:2],
        also_tells=tuple(each for each in can if each != decides),
        ranges=ranges,
        object_paths=paths,
        from_object=decoder.from_object if paths else None,
    )
