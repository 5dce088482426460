"""What cameras see, what is kept of it and sent."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from agent.clock import Moment
from agent.config.messages import lasting
from agent.config.problems import without_secrets
from agent.config.schema import Config
from agent.regulation import rule_of
from agent.trades.kerb import legal_mode, security
from agent.trades.kerb.assessment import assessment, texts
from agent.trades.kerb.event_types import KerbSuspected
from agent.trades.kerb.legal_mode import Mode
from agent.trades.kerb.tables import KerbTables
from agent.trades.privacy import MEMORY, Fact, PrivacyFacts
from drivers.camera import zone_weights
from drivers.camera.models import find
from drivers.place import titled
from drivers.translation import N_, _


def privacy(config: Config, now: Moment) -> PrivacyFacts:
    tables = config.of(KerbTables)
    if not tables.camera:
        return PrivacyFacts(mode=((_("camera"), _("none: no picture of anybody is taken")),))
    current = legal_mode.mode(tables.kerb, now, config.pole.timezone)
    return PrivacyFacts(
        mode=tuple(_mode(tables, current)),
        processed=tuple(_processed(config, tables)),
        never=_NEVER,
        kept=tuple(_kept(config, tables)),
        sent=tuple(_sent(tables)),
        protected=tuple(_protected(tables)),
        operator=_OPERATOR,
        texts=tuple(texts(config, current)),
        assessment=tuple(assessment(config, current)),
        security=security.facts(config, tables),
    )


_AUTHORISED = {
    "legal_basis": N_("legal basis"),
    "reference": N_("reference"),
    "dpia_reference": N_("reference of the impact assessment"),
    "controller": N_("controller"),
    "valid_until": N_("valid until"),
    "simulated": N_("simulated"),
}

_NEVER = (
    (_("number plates, faces"), _("not read, not recognised, not searched for")),
    (_("pictures"), _("not stored, not sent, not shown, in no mode")),
    (_("sound of a camera"), _("not taken")),
)

_OPERATOR = (
    (_("controller"), _("who answers for it, and the data protection officer")),
    (_("legal basis"), _("for the camera in its mode; what this program refuses is no proof of what it may")),
    (_("information"), _("a sign at the place, with the rights of those concerned")),
    (_("retention"), _("of the events in the city's platform, and who may read them there")),
    (_("assessment"), _("whether one is needed (GDPR article 35), its reference and its date")),
)


def _mode(tables: KerbTables, current: Mode) -> Iterator[Fact]:
    yield _("camera mode"), f"{current.mode}: {current.reason}"
    described = legal_mode.described(current, tables.kerb.authorisation)
    for name, value in msgspec.to_builtins(described).items():
        if name in _AUTHORISED:
            yield _(_AUTHORISED[name]), (_("yes") if value else _("no")) if isinstance(value, bool) else str(value)
    if current.mode == "statistics":
        yield _("purpose"), _("how long vehicles stand in each zone, as numbers that name nobody")
    else:
        yield _("purpose"), _("suspected stays beyond the limit of a zone, for a sworn agent to look at")


def _processed(config: Config, tables: KerbTables) -> Iterator[Fact]:
    for name, camera in tables.camera.items():
        width, height = camera.picture
        looks = _("{width} x {height} px, looked at every {period}")
        looks = looks.format(width=width, height=height, period=lasting(camera.period_s))
        pictures = _("pictures of {source}, {looks}").format(source=without_secrets(camera.source), looks=looks)
        yield titled(name, camera), pictures
        found = _("{classes} (model {model}); no people")
        found = found.format(classes=_classes(config, camera.model), model=camera.model)
        yield _("{name}: found in them").format(name=name), found
        if camera.zone_model == "auto":
            asked = _("whether it is free or taken (model {model}); a vehicle that it alone finds has no class")
            yield _("{name}: asked of each zone").format(name=name), asked.format(model=zone_weights.name())
        yield from _of_zones(name, tables)


def _of_zones(camera: str, tables: KerbTables) -> Iterator[Fact]:
    for zone, options in tables.zone.items():
        if options.camera == camera:
            category = rule_of(options, tables.rule).category
            words = _("{category}: a vehicle that stands: from when to when, and of what class")
            yield _("zone {zone}").format(zone=titled(zone, options)), words.format(category=category)


def _classes(config: Config, model: str) -> str:
    return ", ".join(sorted(set(find(Path(config.pole.models_dir), model).model.vehicles.values())))


def _kept(config: Config, tables: KerbTables) -> Iterator[Fact]:
    longest_s = max(camera.period_s for camera in tables.camera.values())
    picture = _("{memory}, until the next look ({period}, longer while the box is hot)")
    yield _("a picture"), picture.format(memory=MEMORY, period=lasting(longest_s))
    place = _("{memory}: outlines and colours, too coarse for a plate, while it is watched")
    yield _("how a place looks"), place.format(memory=MEMORY)
    stay = _("{memory}, while the vehicle stands; forgotten at a restart of the daemon")
    yield _("a single stay"), stay.format(memory=MEMORY)
    counts = _("{memory}, until the end of their period ({period}); a restart of the daemon loses them")
    yield _("counts of a zone"), counts.format(memory=MEMORY, period=lasting(tables.kerb.period_s))
    yield (
        _("when alert mode ends"),
        _("whatever was lawful in it alone is erased, sent or not, and counted (kerb.mode)"),
    )


def _sent(tables: KerbTables) -> Iterator[Fact]:
    left_out = _("counts under {least} are left out, and what would give them away")
    left_out = left_out.format(least=tables.kerb.minimum_count)
    told = _("each {period} and zone: number of stays, by length, and for how long it was watched; {left_out}")
    yield "kerb.statistics", told.format(period=lasting(tables.kerb.period_s), left_out=left_out)
    if tables.kerb.mode == "alert":
        keys = ", ".join(KerbSuspected.__struct_encode_fields__)
        yield "kerb.suspected", _("while the authorisation is in force: {keys}").format(keys=keys)
    troubled = _("that a camera is blocked, moved, or sees badly; outside alert mode after a whole period of counts")
    yield "camera.tampered, camera.degraded", troubled


def _protected(tables: KerbTables) -> Iterator[Fact]:
    yield _("camera process"), _("the kernel refuses it every write to a file (RLIMIT_FSIZE 0); no core dumps")
    alert = tables.kerb.mode == "alert"
    counting = _("that it counts, and whether it sees well; not how much its networks had to do")
    seen = _("how many vehicles stand and the longest time, while alert mode is lawful; else {counting}")
    yield _("a technician sees"), seen.format(counting=counting) if alert else counting
