"""landlock(7): which files a thread may still use, and which ports it may still connect to. For ever, and for what it
starts.
"""

import ctypes
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""Numbers of the system calls, which are the same on every processor."""

CREATE_RULESET_VERSION = 1
RULE_PATH_BENEATH, RULE_NET_PORT = 1, 2
WRITE_FILE, READ_FILE, READ_DIR, IOCTL_DEV = 1 << 1, 1 << 2, 1 << 3, 1 << 15
CONNECT_TCP = 1 << 1
PR_SET_NO_NEW_PRIVS = 38

FILES = ((1, (1 << 13) - 1), (2, 1 << 13), (3, 1 << 14), (5, 1 << 15))
NET, SCOPES = (4, 0b11), (6, 0b11)
"""Version of the interface -> the rights that it brought: of files, of TCP (bind, connect), and of what is shared with
other processes (abstract sockets, signals)."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


class _NetPort(ctypes.Structure):
    _fields_ = (("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64))


_libc = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """Returns the version of the kernel's interface; 0: it has none, or it is switched off (the parameter lsm=)."""
    return max(0, int(_libc.syscall(CREATE_RULESET, None, 0, CREATE_RULESET_VERSION)))


def restrict(readable: Iterable[Path], devices: Iterable[Path], ports: Collection[int]) -> int:
    """Restricts the thread that calls it, and the threads that it starts from then on.

    Args:
        readable: files, and folders with all below; those that are not there are passed over.
        devices: device files that are read, written and controlled.
        ports: of TCP, any host; kernels before 6.7 do not restrict them.

    Returns:
        The version of the kernel's interface; 0: it has none, and nothing is restricted.

    Raises OSError.
    """
    have = version()
    if have:
        files = sum(rights for since, rights in FILES if have >= since)
        net, scopes = (rights if have >= since else 0 for since, rights in (NET, SCOPES))
        size = 8 * (1 + (have >= NET[0]) + (have >= SCOPES[0]))
        attributes = _Ruleset(files, net, scopes)
        with _closed(_call(CREATE_RULESET, ctypes.byref(attributes), size, 0)) as ruleset:
            _fill(ruleset, files, readable, devices)
            for port in ports if net else ():
                _call(ADD_RULE, ruleset, RULE_NET_PORT, ctypes.byref(_NetPort(CONNECT_TCP, port)), 0)
            _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
            _call(RESTRICT_SELF, ruleset, 0)
    return have


def _fill(ruleset: int, handled: int, readable: Iterable[Path], devices: Iterable[Path]) -> None:
    for path in readable:
        _allow(ruleset, path, READ_FILE | (READ_DIR if path.is_dir() else 0))
    for path in devices:
        _allow(ruleset, path, handled & (READ_FILE | WRITE_FILE | IOCTL_DEV))


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not there, or not for this user: then there is nothing to allow
    with _closed(opened) as parent:
        _call(ADD_RULE, ruleset, RULE_PATH_BENEATH, ctypes.byref(_PathBeneath(rights, parent)), 0)


@contextmanager
def _closed(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    result = int(_libc.syscall(number, *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
