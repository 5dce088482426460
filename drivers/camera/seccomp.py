"""seccomp(2) by way of libseccomp(3): from its loading on the kernel refuses a process what is not allowed here."""

import ctypes
import errno
from collections.abc import Iterable
from typing import NamedTuple

from drivers.camera.errors import CameraError
from drivers.translation import _

LIBRARY = "libseccomp.so.2"

ALLOW = 0x7FFF0000
"""SCMP_ACT_ALLOW of seccomp.h, as are the numbers below."""

REFUSE = 0x00050000
"""SCMP_ACT_ERRNO, of which the lower 16 bits are the error."""

FLTATR_CTL_TSYNC = 4
UNKNOWN = -1
EQUAL, MASKED_EQUAL = 4, 7


class Argument(ctypes.Structure):
    """struct scmp_arg_cmp: what an argument of a system call must be for a rule to hold."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    )


class Rule(NamedTuple):
    """A system call by its name, and what its arguments must be."""

    name: str
    arguments: tuple[Argument, ...] = ()


def equal(arg: int, value: int) -> Argument:
    """The argument of that number, counted from 0, is `value`."""
    return Argument(arg, EQUAL, value, 0)


def masked(arg: int, mask: int, value: int = 0) -> Argument:
    """The bits `mask` of that argument are `value`."""
    return Argument(arg, MASKED_EQUAL, mask, value)


def load(allowed: Iterable[Rule], unknown: Iterable[str]) -> None:
    """Restricts every thread of this process, and those to come, for ever.

    Args:
        allowed: the only system calls that are made from now on; any other answers EPERM. A name that this
            processor has no call for is passed over.
        unknown: calls that answer ENOSYS, so that the C library does without them.

    Raises:
        CameraError: there is no libseccomp, or the kernel takes no filter.
    """
    library = _library()
    context = library.seccomp_init(REFUSE | errno.EPERM)
    _check(library.seccomp_attr_set(context, FLTATR_CTL_TSYNC, 1))
    for name in unknown:
        _add(library, context, REFUSE | errno.ENOSYS, Rule(name))
    for rule in allowed:
        _add(library, context, ALLOW, rule)
    _check(library.seccomp_load(context))
    library.seccomp_release(context)


def is_installed() -> bool:
    """Whether this box has libseccomp."""
    try:
        _library()
    except CameraError:
        return False
    return True


def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError as error:
        what = _("there is no {library}, without which no camera is looked at").format(library=LIBRARY)
        raise CameraError(what, _("install it: {command}").format(command="apt-get install libseccomp2")) from error
    library.seccomp_init.restype = ctypes.c_void_p
    for function in (library.seccomp_attr_set, library.seccomp_load, library.seccomp_release):
        function.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32]
    library.seccomp_load.argtypes = library.seccomp_release.argtypes = [ctypes.c_void_p]
    library.seccomp_rule_add_array.argtypes = [
        *(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int),
        *(ctypes.c_uint, ctypes.POINTER(Argument)),
    ]
    return library


def _add(library: ctypes.CDLL, context: int, action: int, rule: Rule) -> None:
    number = library.seccomp_syscall_resolve_name(rule.name.encode())
    if number == UNKNOWN:
        return
    arguments = (Argument * len(rule.arguments))(*rule.arguments)
    _check(library.seccomp_rule_add_array(context, action, number, len(arguments), arguments))


def _check(status: int) -> None:
    if status:
        what = _("the kernel takes no filter of system calls, without which no camera is looked at: {reason}")
        reason = errno.errorcode.get(-status, str(status))
        raise CameraError(what.format(reason=reason), _("it needs CONFIG_SECCOMP_FILTER"))
