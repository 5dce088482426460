"""Loads profiles of LoRaWAN sensors from files."""

from drivers.lorawan.codecs.frame import TELLS_WITHIN_S, Decides, LampCommands, Model
from drivers.lorawan.profile.checks import DECIDES, mistakes
from drivers.lorawan.profile.decoder import ProfileDecoder
from drivers.lorawan.profile.schema import LampTable, SensorTables
from drivers.lorawan.profile.vectors import failures
from drivers.profile_loader import ProfileLoader

FOLDER = "lorawan"
"""The place of the technician's own, in the folder of the register maps."""


def model(tables: SensorTables) -> Model:
    """The sensor that sound tables describe."""
    decoder = ProfileDecoder(tables)
    told = {each.quantity: each for each in reversed(tables.value)}
    can: list[Decides] = [word for quantity, word in DECIDES.items() if quantity in told]
    decides = tables.decides or next(iter(can), None)
    ranges = {name: (*each.range, each.declared.unit) for name, each in told.items() if each.range is not None}
    paths = tuple(each.object for each in tables.value if each.object is not None)
    distance = ranges.pop("distance_mm", (0.0, float(0xFFFF), ""))
    return Model(
        tables.description,
        decoder.decode,
        float(tables.reports_s),
        decides,
        TELLS_WITHIN_S if tables.tells_within_s is None else float(tables.tells_within_s),
        range_mm=distance[:2],
        also_tells=tuple(each for each in can if each != decides),
        ranges=ranges,
        quantities={name: each.declared for name, each in told.items()},
        object_paths=paths,
        from_object=decoder.from_object if paths else None,
        lamp=_lamp(tables.lamp) if tables.lamp else None,
    )


def _lamp(lamp: LampTable) -> LampCommands:
    on, off = (tuple(map(bytes.fromhex, each)) for each in (lamp.on, lamp.off))
    return LampCommands(lamp.port, on, off, lamp.told_by, float(lamp.answers_s))


_PROFILES = ProfileLoader(SensorTables, mistakes, failures, build=lambda _name, tables: model(tables), folder=FOLDER)
SHIPPED, names, load = _PROFILES.shipped, _PROFILES.names, _PROFILES.find
path_of, tables_of = _PROFILES.path_of, _PROFILES.tables_of
