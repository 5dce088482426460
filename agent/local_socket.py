"""The Unix socket at a path of its own: nobody else's file makes way for it."""

import errno
import os
import socket
import stat
import struct
from pathlib import Path

from drivers.files import make_folder, refuse_foreign
from drivers.translation import _

MODE = 0o660
"""The owner and the group may connect."""

FOLDER_MODE = 0o750
LISTEN = 16
"""The number of those who wait to be let in; beyond them `connect` waits, or fails."""


def bind(path: Path) -> socket.socket:
    """Returns a listening socket with MODE, whatever the umask; an abandoned one at `path` is replaced.

    Raises:
        OSError: it cannot be made, or something stands there that is no abandoned socket of this user.
    """
    make_folder(path.parent, FOLDER_MODE)
    if refuse_foreign(path, stat.S_IFSOCK):
        _refuse_answered(path)
        path.unlink()
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    made = path.with_name(f".{os.getpid():x}")  # short: what leads to a socket may have at most 107 bytes
    try:
        made.unlink(missing_ok=True)
        os.fchmod(bound.fileno(), MODE)  # what it is made with: at no moment may more people connect
        bound.bind(str(made))
        try:
            made.chmod(MODE)
            bound.listen(LISTEN)
            os.link(made, path)  # whoever sees it at its path is let in; what came there meanwhile stays
        finally:
            made.unlink()
    except OSError:
        bound.close()
        raise
    return bound


def user_of(connection: socket.socket) -> int | None:
    """Returns the number of the user at the other end, as it was when he connected (SO_PEERCRED of unix(7)); None: the
    kernel does not tell."""
    try:
        _pid, uid, _gid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    except OSError:
        return None
    return int(uid)


def is_listened_at(path: Path) -> bool:
    """Whether a process listens at the path, be it one that this user may not ask."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as probe:
        try:
            probe.connect(str(path))
        except (BlockingIOError, PermissionError):
            return True
        except OSError:
            return False
    return True


def _refuse_answered(path: Path) -> None:
    """Raises OSError where a process listens at the path."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return
        except BlockingIOError:
            pass
    raise OSError(errno.EADDRINUSE, _("another process listens there"), str(path))
