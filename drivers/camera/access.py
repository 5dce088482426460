"""The login and the authority by which a camera of the network lets us in.

The daemon reads them, for the camera process, which reads no file of the pole. No numpy, no OpenCV.
"""

from pathlib import Path
from typing import Literal

from msgspec import Struct

from drivers import password
from drivers.camera.options import CameraOptions
from drivers.errors import CredentialsError
from drivers.files import read_regular
from drivers.translation import _

LARGEST_PEM_BYTES = 256 * 1024
"""The most bytes of a file of authorities that goes to the camera process with its job; one has about 2 KB."""


class Access(Struct, frozen=True):
    """How a stream is asked for.

    Args:
        transport: of an RTSP stream.
        username, password: "": none beside what its address has.
        authorities: PEM, whom a camera's certificate must come from; "": those of the box.
    """

    transport: Literal["tcp", "udp", "auto"] = "tcp"
    username: str = ""
    password: str = ""
    authorities: str = ""

    def __repr__(self) -> str:
        return f"Access({self.transport!r}, {self.username!r}, ***)"


TCP = Access()
"""How a stream is asked for that has no login beside its address."""


def read_access(name: str, options: CameraOptions) -> Access:
    """Reads the files that [camera.NAME] names. Raises CredentialsError."""
    return Access(
        options.transport,
        options.username or "",
        password.read(options.password_file, f"camera.{name}") if options.password_file is not None else "",
        _authorities(name, options.ca_file) if options.ca_file is not None else "",
    )


def _authorities(name: str, file: str) -> str:
    """Raises CredentialsError."""
    what = _("[camera.{name}] ca_file {file}: {reason}")
    try:
        return read_regular(Path(file), LARGEST_PEM_BYTES).decode("ascii")
    except OSError as error:
        raise CredentialsError(what.format(name=name, file=file, reason=error.strerror or error)) from error
    except UnicodeDecodeError:
        reason = _("it holds no certificate in PEM form")
        raise CredentialsError(what.format(name=name, file=file, reason=reason)) from None
