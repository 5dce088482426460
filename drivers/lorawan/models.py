"""Every LoRaWAN sensor that can be read, by the name that the configuration gives it: in code, or by a profile.

What reads them is loaded for whoever has such a sensor.
"""

from pathlib import Path

from drivers.lorawan.codecs.frame import Model
from drivers.mistakes import ProfileError
from drivers.translation import _


def names(own_dir: Path | None = None) -> tuple[str, ...]:
    """All that `model` finds, in order.

    Args:
        own_dir: the technician's own profiles.
    """
    from drivers.lorawan import profile
    from drivers.lorawan.codecs.known import CODECS

    return tuple(sorted({*CODECS, *profile.names(own_dir)}))


def model(name: str, own_dir: Path | None = None) -> Model:
    """The sensor of that name; a profile goes before one in code, so that a technician can mend it.

    Raises:
        ProfileError: there is none, or its profile is wrong: every mistake with file and line.
    """
    from drivers.lorawan import profile
    from drivers.lorawan.codecs.known import CODECS

    found = profile.load(name, own_dir) or CODECS.get(name)
    if found is None:
        known = ", ".join(names(own_dir))
        raise ProfileError(_('there is no LoRaWAN sensor "{name}"; there are {known}').format(name=name, known=known))
    return found
