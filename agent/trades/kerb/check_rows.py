"""Cameras, their zones and the legal mode in the table of `lamppost check`."""

from collections.abc import Iterator, Sequence
from datetime import date

from agent.calendars import begin_of_day_s
from agent.calendars.words import hours
from agent.config.messages import format_duration
from agent.config.problems import without_secrets
from agent.config.schema import Config
from agent.regulation import Remarkable, articles_words, rule_of
from agent.trades.base import Row, Section
from agent.trades.kerb.options import ZoneOptions
from agent.trades.kerb.orders import hours_to_look_at
from agent.trades.kerb.tables import KerbTables
from agent.trades.words import remark_words
from drivers.translation import _


def sections(config: Config, today: date | None) -> Sequence[Section]:
    """
    Args:
        today: local date by which hours are over; None: by the clock of this box.
    """
    tables = config.of(KerbTables)
    found = list(hours_to_look_at(config, begin_of_day_s(today, config.pole.timezone)))
    return ((_("CAMERAS"), _cameras(tables, found)), (_("KERB"), _kerb(config, tables)))


def _cameras(tables: KerbTables, remarks: Sequence[Remarkable]) -> Iterator[Row]:
    for name, camera in tables.camera.items():
        width, height = camera.picture
        looks = _("{width} x {height} px, every {period}")
        looks = looks.format(width=width, height=height, period=format_duration(camera.period_s))
        yield name, without_secrets(camera.source), looks
        for zone_name, zone in tables.zone.items():
            if zone.camera == name:
                yield f"  {zone_name}", rule_of(zone, tables.rule).category, "; ".join(_terms(zone))
                found = (each for each in remarks if each.rule == zone_name)
                yield from (("", "", f"{each.name}: {remark_words(each.remark, each.end)}") for each in found)


def _terms(zone: ZoneOptions) -> Iterator[str]:
    yield _("rule {rule}").format(rule=zone.rule) if zone.rule else "; ".join(_own_terms(zone))
    if zone.beside:
        yield _("while a vehicle is in {names}").format(names=_(" or ").join(zone.beside))


def _own_terms(zone: ZoneOptions) -> Iterator[str]:
    grace = f" + {format_duration(zone.grace_s)}" if zone.grace_s else ""
    yield _("limit {limit}").format(limit=format_duration(zone.limit_s)) + grace
    yield from hours(zone.windows) if zone.windows else ()
    if zone.exempt_classes:
        yield _("but {classes}").format(classes=", ".join(zone.exempt_classes))


def _kerb(config: Config, tables: KerbTables) -> Iterator[Row]:
    """Yields the legal mode; in alert mode whose articles are named too."""
    if not tables.zone:
        return
    options, authorisation = tables.kerb, tables.kerb.authorisation
    if options.mode == "statistics" or authorisation is None:
        yield (
            "statistics",
            _("every {period}, counts below {least} are not told").format(
                period=format_duration(options.period_s), least=options.minimum_count
            ),
        )
        return
    simulated = _(", SIMULATED") if authorisation.simulated else ""
    words = _("authorised until {day}{simulated}").format(day=authorisation.valid_until, simulated=simulated)
    yield "alert", words
    yield "", f"{authorisation.legal_basis}; {authorisation.reference}"
    yield "", f"DPIA {authorisation.dpia_reference}; {authorisation.controller}"
    yield "", articles_words(config.pole.law)
