"""The files that the table of a broker names: whether they were replaced, and when what is in them ends."""

from pathlib import Path
from typing import Literal

from msgspec import Struct

from drivers.mqtt.options import BrokerOptions, TlsOptions

Stamp = tuple[str, int, int, int]
Signature = tuple[Stamp, ...]

Owner = Literal["pole", "authority", "broker"]


class Expiry(Struct, frozen=True):
    """The end of a certificate's validity.

    Args:
        certificate: whose it is.
        file: that holds it; None: the broker showed it.
        not_after_s: unix seconds.
    """

    certificate: Owner
    file: str | None
    not_after_s: float


def signature(options: BrokerOptions) -> Signature:
    """What changes when one of the files does; a file that is not there has no size."""
    tls = options.tls or TlsOptions()
    files = (tls.ca_file, tls.certificate_file, tls.key_file, options.password_file)
    return tuple(stamp(file) for file in files if file is not None)


def stamp(file: str) -> Stamp:
    """Name, inode, time of change in ns and size; what changes when the file does."""
    try:
        found = Path(file).stat()
    except OSError:
        return file, 0, 0, -1
    return file, found.st_ino, found.st_mtime_ns, found.st_size
