"""What lighting sends that tells of a vehicle."""

from collections.abc import Collection

from agent.config.schema import Config
from agent.trades.lighting.tables import LightingTables
from agent.trades.privacy import PrivacyFacts
from drivers.translation import _


def privacy(config: Config, watched: Collection[str]) -> PrivacyFacts:
    """A lamp that a vehicle in a watched place lights tells of it."""
    presences = [each for program in config.of(LightingTables).program.values() for each in program.presence]
    zones = sorted({name for each in presences for name in each.by if name in watched})
    words = _("while alert mode is lawful also when a vehicle in {zones} lights a lamp; not which vehicle")
    return PrivacyFacts(sent=(("lamp.level", words.format(zones=", ".join(zones))),) if zones else ())
