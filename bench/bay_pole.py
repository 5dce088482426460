"""What the poles of several benches have alike: their file, up to what each orders of its bays, and frames by radio."""

from pathlib import Path

from msgspec import Struct
from pole_tables import pole_tables


def head(folder: Path, timezone: str) -> str:
    """The tables of a pole without devices, all of whose files lie in a folder."""
    own = pole_tables(folder, f'timezone = "{timezone}"', f'socket = "{folder}/lamppost.sock"')
    return own + '[lorawan.town]\nhost = "127.0.0.1"\n'


def bay_table(number: int, rule: str) -> str:
    """A bay, whose other keys may follow."""
    return f'[bay.b{number}]\nsensor = "s{number}"\nrule = "{rule}"\n'


def a02_table(number: int, period_s: float) -> str:
    return f'[sensor.s{number}]\nkind = "a02"\nport = "/dev/ttyBENCH{number}"\nperiod = "{period_s:g}s"\n'


def radio_table(number: int, model: str) -> str:
    """A sensor by radio, whose other keys may follow."""
    radio = f'kind = "lorawan"\nnetwork = "town"\ndev_eui = "{number:016x}"\nmodel = "{model}"\n'
    return f"[sensor.s{number}]\n{radio}"


class HeardFrame(Struct, frozen=True):
    """A frame as a network server hands it over.

    Args:
        at_s: when it reaches the pole, were that there; seconds since the run began.
        heard_s: when a gateway heard it.
        key: of the event: the same when the broker hands it over twice.
    """

    at_s: float
    heard_s: float
    session: int
    f_cnt: int
    f_port: int
    payload: bytes
    key: int
