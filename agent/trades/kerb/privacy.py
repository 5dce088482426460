"""What cameras see, what is kept of it and sent."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from agent.clock import Moment
from agent.config.messages import format_duration
from agent.config.problems import without_secrets
from agent.config.schema import Config
from agent.regulation import rule_of
from agent.trades.kerb import legal_mode
from agent.trades.kerb.event_types import KerbSuspected
from agent.trades.kerb.tables import KerbTables
from agent.trades.privacy import MEMORY, Fact, PrivacyFacts
from drivers.camera.models import find


def privacy(config: Config, now: Moment) -> PrivacyFacts:
    tables = config.of(KerbTables)
    if not tables.camera:
        return PrivacyFacts(mode=(("camera", "none: no picture of anybody is taken"),))
    return PrivacyFacts(
        mode=tuple(_mode(config, tables, now)),
        processed=tuple(_processed(config, tables)),
        never=_NEVER,
        kept=tuple(_kept(config, tables)),
        sent=tuple(_sent(tables)),
        protected=tuple(_protected(tables)),
        operator=_OPERATOR,
    )


_NEVER = (
    ("number plates, faces", "not read, not recognised, not searched for"),
    ("pictures", "not stored, not sent, not shown, in no mode"),
    ("sound", "not taken"),
)

_OPERATOR = (
    ("controller", "who answers for it, and the data protection officer"),
    ("legal basis", "for the camera in its mode; what this program refuses is no proof of what it may"),
    ("information", "a sign at the place, with the rights of those concerned"),
    ("retention", "of the events in the city's platform, and who may read them there"),
    ("assessment", "whether one is needed (GDPR article 35), its reference and its date"),
)


def _mode(config: Config, tables: KerbTables, now: Moment) -> Iterator[Fact]:
    current = legal_mode.mode(tables.kerb, now, config.pole.timezone)
    yield "camera mode", f"{current.mode}: {current.reason}"
    described = legal_mode.described(current, tables.kerb.authorisation)
    for name, value in msgspec.to_builtins(described).items():
        if name not in {"mode", "reason"}:
            yield name.replace("_", " "), str(value)
    if current.mode == "statistics":
        yield "purpose", "how long vehicles stand in each zone, as numbers that name nobody"
    else:
        yield "purpose", "suspected stays beyond the limit of a zone, for a sworn agent to look at"


def _processed(config: Config, tables: KerbTables) -> Iterator[Fact]:
    for name, camera in tables.camera.items():
        width, height = camera.picture
        looks = f"{width} x {height} px, looked at every {format_duration(camera.period_s)}"
        yield name, f"pictures of {without_secrets(camera.source)}, {looks}"
        yield f"{name}: found in them", f"{_classes(config, camera.model)} (model {camera.model}); no people"
        for zone, options in tables.zone.items():
            if options.camera == name:
                category = rule_of(options, tables.rule).category
                yield f"zone {zone}", f"{category}: a vehicle that stands: from when to when, and of what class"


def _classes(config: Config, model: str) -> str:
    return ", ".join(sorted(set(find(Path(config.pole.models_dir), model).model.vehicles.values())))


def _kept(config: Config, tables: KerbTables) -> Iterator[Fact]:
    longest_s = max(camera.period_s for camera in tables.camera.values())
    yield "a picture", f"{MEMORY}, until the next look ({format_duration(longest_s)}, longer while the box is hot)"
    yield "how a place looks", f"{MEMORY}: outlines and colours, too coarse for a plate, while it is watched"
    yield "a single stay", f"{MEMORY}, while the vehicle stands; forgotten at a restart of the daemon"
    period = format_duration(tables.kerb.period_s)
    yield "counts of a zone", f"{config.store.path}, until the end of their period ({period})"


def _sent(tables: KerbTables) -> Iterator[Fact]:
    least = f"counts under {tables.kerb.minimum_count} are left out, and what would give them away"
    period = format_duration(tables.kerb.period_s)
    yield "kerb.statistics", f"each {period} and zone: number of stays, by length; {least}"
    if tables.kerb.mode == "alert":
        words = ", ".join(KerbSuspected.__struct_encode_fields__)
        yield "kerb.suspected", f"while the authorisation is in force: {words}"
    yield "camera.tampered, camera.degraded", "that a camera is blocked, moved, or sees badly"


def _protected(tables: KerbTables) -> Iterator[Fact]:
    yield "camera process", "the kernel refuses it every write to a file (RLIMIT_FSIZE 0); no core dumps"
    alert = tables.kerb.mode == "alert"
    seen = "how many vehicles stand and the longest time, while alert mode is lawful" if alert else "that it counts"
    yield "a technician sees", seen
