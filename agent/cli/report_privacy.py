"""`lamppost report privacy`: what this pole processes, keeps and sends, for the register entry and the assessment.

GDPR articles 30 (register) and 35 (impact assessment). Facts of the configuration and of the program alone: what only
the operator knows is asked for at the end.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent import telemetry
from agent.cli.check.layout import section
from agent.clock import Clock, SystemClock
from agent.config.messages import format_duration
from agent.config.problems import without_secrets
from agent.configuration import Config, load_with_warnings
from agent.trades import kerb
from agent.trades.kerb.event_types import KerbSuspected
from agent.trades.kerb.tables import KerbTables
from agent.trades.lighting.tables import LightingTables
from agent.trades.parking.tables import ParkingTables
from drivers.camera.models import find

Fact = tuple[str, str]


def run(file: Path, as_json: bool) -> int:
    """Prints the facts; 0. Raises ConfigError."""
    config, _ = load_with_warnings(file)
    facts = report(config, SystemClock(config.pole.clock))
    if as_json:
        print(json.dumps({title: dict(rows) for title, rows in facts}, indent=2, ensure_ascii=False))
    else:
        print("\n\n".join("\n".join(section(title.upper(), rows)) for title, rows in facts))
    return 0


def report(config: Config, clock: Clock) -> list[tuple[str, list[Fact]]]:
    """Heading and facts, in the order in which a register asks for them."""
    sections = (
        ("purpose and mode", _mode(config, clock)),
        ("what is processed", _processed(config)),
        ("what is never done", _never(config)),
        ("what is kept, where and how long", _kept(config)),
        ("what leaves the pole", _sent(config)),
        ("how it is protected", _protected(config)),
        ("what the operator has to add", _operator(config)),
    )
    return [(title, facts) for title, rows in sections if (facts := list(rows))]


def _mode(config: Config, clock: Clock) -> Iterator[Fact]:
    yield "pole", f"{config.pole.site}/{config.pole.id}"
    if not config.of(KerbTables).camera:
        yield "camera", "none: no picture of anybody is taken"
        return
    current = kerb.mode(config.of(KerbTables).kerb, clock.now(), config.pole.timezone)
    yield "camera mode", f"{current.mode}: {current.reason}"
    for name, value in kerb.mode_data(current, config.of(KerbTables).kerb.authorisation).items():
        if name not in ("mode", "reason"):
            yield name.replace("_", " "), str(value)
    if current.mode == "statistics":
        yield "purpose", "how long vehicles stand in each zone, as numbers that name nobody"
    else:
        yield "purpose", "suspected stays beyond the limit of a zone, for a sworn agent to look at"


def _processed(config: Config) -> Iterator[Fact]:
    for name, camera in config.of(KerbTables).camera.items():
        width, height = camera.picture
        looks = f"{width} x {height} px, looked at every {format_duration(camera.period_s)}"
        yield name, f"pictures of {without_secrets(camera.source)}, {looks}"
        yield f"{name}: found in them", f"{_classes(config, camera.model)} (model {camera.model}); no people"
        for zone, options in config.of(KerbTables).zone.items():
            if options.camera == name:
                yield f"zone {zone}", f"{options.category}: a vehicle that stands: from when to when, and of what class"
    for name, bay in config.of(ParkingTables).bay.items():
        yield f"bay {name}", f"occupied or free, from {', '.join((bay.sensor, *bay.also))}: no picture"
    if _tags(config):
        yield "tags of vehicles", "compared with the exempt tags of the rule; neither kept nor sent"


def _tags(config: Config) -> bool:
    return any(rule.exempt_tags for rule in config.of(ParkingTables).rule.values())


def _classes(config: Config, model: str) -> str:
    return ", ".join(sorted(set(find(Path(config.pole.models_dir), model).model.vehicles.values())))


def _never(config: Config) -> Iterator[Fact]:
    if config.of(KerbTables).camera:
        yield "number plates, faces", "not read, not recognised, not searched for"
        yield "pictures", "not stored, not sent, not shown, in no mode"
        yield "sound", "not taken"


def _kept(config: Config) -> Iterator[Fact]:
    memory, disk = "memory only", f"{config.store.path}"
    if config.of(KerbTables).camera:
        longest_s = max(camera.period_s for camera in config.of(KerbTables).camera.values())
        yield "a picture", f"{memory}, until the next look ({format_duration(longest_s)}, longer while the box is hot)"
        yield "how a place looks", f"{memory}: outlines and colours, too coarse for a plate, while it is watched"
        yield "a single stay", f"{memory}, while the vehicle stands; forgotten at a restart of the daemon"
        yield (
            "counts of a zone",
            f"{disk}, until the end of their period ({format_duration(config.of(KerbTables).kerb.period_s)})",
        )
    if config.of(ParkingTables).bay:
        yield "the stay in a bay", f"{disk}, until the bay is free"
        yield (
            "the days of a bay",
            f"{disk}: when it was occupied, {config.of(ParkingTables).parking.keep_days} days; no vehicle is named",
        )
    limit = f"{disk}, until the broker has acknowledged it, within {config.store.max_mb} MB; the oldest go first"
    yield "an event on its way", limit


def _sent(config: Config) -> Iterator[Fact]:
    uplink = config.uplink
    safety = "encrypted (TLS)" if uplink.tls else "this box alone, not encrypted"
    yield "to", f"MQTT broker {uplink.host}:{uplink.port or (8883 if uplink.tls else 1883)}, {safety}"
    if config.of(KerbTables).camera:
        least = f"counts under {config.of(KerbTables).kerb.minimum_count} are left out, and what would give them away"
        yield (
            "kerb.statistics",
            f"each {format_duration(config.of(KerbTables).kerb.period_s)} and zone: "
            f"number of stays, by length; {least}",
        )
        if config.of(KerbTables).kerb.mode == "alert":
            yield (
                "kerb.suspected",
                f"while the authorisation is in force: {', '.join(KerbSuspected.__struct_encode_fields__)}",
            )
        yield "camera.tampered, camera.degraded", "that a camera is blocked, moved, or sees badly"
    if config.of(ParkingTables).bay:
        yield "bay.occupied, bay.freed, bay.overstay", "when a bay was occupied and for how long; no vehicle is named"
    for zone in sorted(_lighting(config)):
        yield "lamp.level", f"also when a vehicle in zone {zone} lights a lamp; not which vehicle"
    yield "never sent", ", ".join(sorted(telemetry.PERSONAL)) + ", pictures"


def _lighting(config: Config) -> set[str]:
    """Zones in which a vehicle lights a lamp."""
    presences = [each for program in config.of(LightingTables).program.values() for each in program.presence]
    return {name for each in presences for name in each.by if name in config.of(KerbTables).zone}


def _protected(config: Config) -> Iterator[Fact]:
    if config.of(KerbTables).camera:
        yield "camera process", "the kernel refuses it every write to a file (RLIMIT_FSIZE 0); no core dumps"
    yield "local access", f"{config.pole.socket}: the user and group of the daemon only"
    if config.of(KerbTables).camera:
        alert = config.of(KerbTables).kerb.mode == "alert"
        seen = "how many vehicles stand and the longest time, while alert mode is lawful" if alert else "that it counts"
        yield "a technician sees", seen
    if _tags(config):
        yield "exempt tags", "stand in the configuration: let only the daemon read it (chmod 600)"


def _operator(config: Config) -> Sequence[Fact]:
    if not config.of(KerbTables).camera:
        return ()
    return (
        ("controller", "who answers for it, and the data protection officer"),
        ("legal basis", "for the camera in its mode; what this program refuses is no proof of what it may"),
        ("information", "a sign at the place, with the rights of those concerned"),
        ("retention", "of the events in the city's platform, and who may read them there"),
        ("assessment", "whether one is needed (GDPR article 35), its reference and its date"),
    )
