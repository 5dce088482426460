"""What came from afar, as it lies with the state of the pole: a disk that refuses it stops nothing."""

import logging

from agent.config.problems import ConfigError
from agent.configuration import trust
from agent.configuration.layered import Found
from agent.configuration.remote import Kept, Layer
from agent.configuration.sources import Sources
from agent.configuration.wanted import Wanted, found_by, refusal
from agent.lifecycle.pole import Pole
from drivers.translation import _

log = logging.getLogger(__name__)


class Refused(Exception):
    """Refusal of a configuration from afar: nothing has changed; why, in words for whoever asked."""


class Untrusted(Refused):
    """It would have the pole trust somebody else, and nobody has signed it."""


class FromAfar:
    """Reads and writes what came from afar; what it cannot stands in the log and in the status."""

    def __init__(self, pole: Pole, sources: Sources) -> None:
        self._pole, self._sources = pole, sources

    def kept(self) -> Kept:
        """Returns what is kept; nothing, where it cannot be read."""
        try:
            return self._sources.kept(self._pole.config)
        except (OSError, ValueError) as error:
            log.error("what came from afar cannot be read, and is left out: %s", error)
            self._pole.find_not_kept(str(error))
            return Kept()

    def layer(self, *, on_trial: bool) -> Layer:
        """Returns what lies above the file now.

        Args:
            on_trial: it waits for its confirmation; else one that still does is of an earlier daemon, and void.
        """
        kept = self.kept()
        return kept.layer if on_trial else kept.confirmed

    def set(self, before: Layer, wanted: Wanted, id: str, *, is_signed: bool) -> Found:
        """Keep what came from afar until it is confirmed; the configuration that it makes.

        Args:
            before: lies above the file now.
            id: of the command.
            is_signed: by the key that the file names.

        Raises Refused, Untrusted.
        """
        file = self._sources.layered
        try:
            layer, found = found_by(file, before, wanted, id)
            if not (is_signed or wanted.forget):
                self._refuse_to_trust(layer, found)
            self.keep(Kept(layer, self._goes_back_to(before, found, id)))
        except RecursionError:
            raise Refused(_("it is nested too deeply for a configuration")) from None
        except ConfigError as error:
            raise Refused(refusal(file, before, error)) from error
        except (OSError, ValueError) as error:
            raise Refused(str(error)) from error
        return found

    def _goes_back_to(self, before: Layer, found: Found, id: str) -> Layer:
        """Returns what holds again where the broker is not reached: an authorisation that was withdrawn is not revived.

        Raises ConfigError, ValueError.
        """
        patch = self._sources.withdrawn(self._pole.config, found.config)
        return found_by(self._sources.layered, before, Wanted(patch=patch), id)[0] if patch else before

    def _refuse_to_trust(self, layer: Layer, found: Found) -> None:
        """Raises ConfigError, Untrusted."""
        values = self._sources.layered.document().values
        if keys := trust.changed_from_afar(self._pole.config, found.config, values, layer):
            what = _(
                "{keys}: whom the pole trusts is not changed by an order without a signature; "
                "set command_key under [uplink] at the pole and sign it, or edit the file there"
            )
            raise Untrusted(what.format(keys=", ".join(keys)))

    def keep(self, kept: Kept) -> None:
        """Raises OSError or ValueError; then what was kept is kept."""
        try:
            self._sources.keep(self._pole.config, kept)
        except (OSError, ValueError) as error:
            self._pole.find_not_kept(str(error))
            raise
        self._pole.find_not_kept(None)

    def try_to_keep(self, kept: Kept) -> None:
        """What cannot be written is judged anew at the next start."""
        try:
            self.keep(kept)
        except (OSError, ValueError) as error:
            log.error("what came from afar cannot be written: %s", error)

    def forget_superseded(self, found: Found) -> None:
        """What a hand has overruled was told once, and does not come back when the hand takes it back."""
        kept = self.kept()
        if found.forgotten and found.in_force.problem is None and kept.before is None:
            self.try_to_keep(Kept(kept.layer.without(found.forgotten)))
