"""What the camera process may still do once it is to look at pictures, which anybody may have made.

Of files it reads those of Python and of its libraries, its model, and its own source; it makes and writes none. It
connects to one port over TCP where its source is a stream (and to the relay inside of it), takes pictures at ports of
its own where they come over UDP, and connects to nothing otherwise. It starts no program and no process, maps no code
that it could have written, and has a bounded memory. The service narrows that further, by its hosts among others
(systemd/lamppost-camera@.service).
"""

import ipaddress
import mmap
import os
import resource
import signal
import socket
import sys
import termios
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from drivers.camera import landlock, seccomp
from drivers.camera.models import SHIPPED
from drivers.camera.seccomp import Rule, equal, masked
from drivers.camera.source import is_device, is_file
from drivers.camera.stream_url import stream_url

DNS = 53
"""TCP port of a name server."""

MEMORY_BYTES = 512 * 1024 * 1024
"""Private memory of the process: three times what it has on pictures of 1280 x 720 px."""

CLONE_THREAD = 0x00010000
TMPFILE = 0o20000000
"""__O_TMPFILE of fcntl.h."""

WRITING = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC | os.O_APPEND | TMPFILE
"""The flags of open(2) that a file which is only read does not have."""

PR_SET_NAME, PR_GET_NAME = 15, 16

HARMLESS = (termios.TCGETS, termios.FIOCLEX, termios.FIONCLEX, termios.FIONBIO)
"""Requests of ioctl(2): whether it is a terminal, whether a program that is started inherits it, whether it waits."""

SYSTEM = (
    *("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/sys"),
    *("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/vm", "/proc/sys/kernel"),
    *("/dev/null", "/dev/zero", "/dev/urandom"),
)
RESOLVER = ("/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf")
"""What the C library reads to look up a name."""

TRUST = ("/etc/ssl/certs",)
"""Authorities of the box, which OpenSSL reads as it meets a certificate. Most are links to files below /usr."""

ALWAYS = tuple(
    Rule(name)
    for names in (
        "read readv pread64 preadv write writev lseek _llseek close dup dup2 dup3 fcntl fcntl64 fadvise64",
        "stat lstat fstat newfstatat fstatat64 statx access faccessat faccessat2 readlink readlinkat getcwd",
        "getdents getdents64 statfs fstatfs",
        "poll ppoll select _newselect pselect6 epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd2",
        "munmap mremap madvise brk mincore mlock munlock membarrier get_mempolicy",
        "sched_getaffinity sched_yield sched_getparam sched_getscheduler getcpu getpriority",
        "set_robust_list get_robust_list rseq set_tid_address futex futex_waitv exit exit_group",
        "gettid getpid getppid getuid geteuid getgid getegid getgroups getresuid getresgid",
        "rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack rt_sigpending rt_sigtimedwait rt_sigsuspend",
        "alarm setitimer getitimer pause restart_syscall",
        "getrlimit ugetrlimit getrusage sysinfo uname times getrandom",
        "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time",
    )
    for name in names.split()
)

_STREAM = "connect accept accept4 shutdown recvfrom recvmsg getsockopt setsockopt getsockname getpeername"
_DATAGRAM = "sendto sendmsg sendmmsg recvmmsg"
STREAM, DATAGRAM = (tuple(map(Rule, names.split())) for names in (_STREAM, _DATAGRAM))

UNKNOWN = ("clone3", "openat2")
"""Calls whose flags lie in memory, where no filter sees them. The C library does without."""


class Reach(Struct, frozen=True):
    """What the source of a camera takes.

    Args:
        files: that are read.
        devices: that are read, written and controlled.
        ports: of TCP that are connected to.
        families: of addresses, AF_INET or AF_INET6.
        resolves: a name is looked up.
        trusts: a certificate is verified.
        datagrams: UDP ports of its own are opened.
    """

    files: tuple[Path, ...] = ()
    devices: tuple[Path, ...] = ()
    ports: frozenset[int] = frozenset()
    families: tuple[int, ...] = ()
    resolves: bool = False
    trusts: bool = False
    datagrams: bool = False


def reach_of(source: str, inside: Collection[int] = (), *, over_udp: bool = False) -> Reach:
    """What a source takes.

    Args:
        inside: ports on loopback that the process itself listens at, and connects to for a stream.
        over_udp: the pictures of an RTSP stream may come by UDP.

    Raises ValueError: an address that is none.
    """
    if is_device(source):
        return Reach(devices=(Path(source),))
    if is_file(source):
        return Reach(files=(Path(source),))
    url = stream_url(source)
    families = (socket.AF_INET, socket.AF_INET6)  # the former for loopback in any case
    resolves, version = False, 6
    try:
        version = ipaddress.ip_address(url.host).version
    except ValueError:
        resolves = True
    return Reach(
        ports=frozenset({url.port, *((DNS,) if resolves else ()), *inside}),
        families=families[: 1 if version == 4 else 2],
        resolves=resolves,
        trusts=url.is_encrypted,
        datagrams=over_udp and url.is_rtsp and not url.is_encrypted,
    )


def close_files(reach: Reach, models_dir: Path) -> int:
    """Restricts the files and ports of this thread, and of those that it starts from then on. Raises OSError.

    Returns:
        The version of landlock(7) that the kernel has; 0: none. Then `close_calls` alone keeps it from writing.
    """
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    system = (*SYSTEM, *(RESOLVER if reach.resolves else ()), *(TRUST if reach.trusts else ()))
    packages = {sys.prefix, sys.base_prefix, *filter(os.path.isabs, sys.path)}
    readable = [*map(Path, (*system, *packages)), Path(__file__).parents[2], *SHIPPED, models_dir, *reach.files]
    return landlock.restrict(readable, reach.devices, reach.ports)


def close_calls(reach: Reach) -> None:
    """Restricts the system calls of all threads. Raises CameraError where that cannot be done."""
    seccomp.load([*ALWAYS, *_always_narrowed(), *_of(reach)], UNKNOWN)


def _always_narrowed() -> Iterator[Rule]:
    yield from _opens(WRITING, os.O_RDONLY)
    yield Rule("clone", (masked(0, CLONE_THREAD, CLONE_THREAD),))
    yield Rule("tgkill", (equal(0, os.getpid()),))
    yield Rule("prlimit64", (equal(2, 0),))
    yield from (Rule("prctl", (equal(0, option),)) for option in (PR_SET_NAME, PR_GET_NAME))
    yield from (Rule("ioctl", (equal(1, request),)) for request in HARMLESS)
    yield Rule("mprotect", (masked(2, mmap.PROT_EXEC),))
    for name in ("mmap", "mmap2"):
        yield Rule(name, (masked(2, mmap.PROT_EXEC),))
        yield Rule(name, (masked(2, mmap.PROT_WRITE | mmap.PROT_EXEC, mmap.PROT_EXEC), masked(3, mmap.MAP_ANONYMOUS)))


def _of(reach: Reach) -> Iterator[Rule]:
    if reach.devices:
        yield Rule("ioctl")
        yield from _opens(WRITING, os.O_RDWR)
    if reach.families:
        kinds = (socket.SOCK_STREAM, *((socket.SOCK_DGRAM,) if reach.resolves or reach.datagrams else ()))
        yield from STREAM
        yield from (Rule("bind"),) if reach.datagrams else ()
        yield from DATAGRAM if reach.resolves else (Rule("sendto", (equal(4, 0),)),)
        for family in reach.families:
            yield from (Rule("socket", (equal(0, family), masked(1, 0xF, kind))) for kind in kinds)


def _opens(mask: int, flags: int) -> Iterable[Rule]:
    return Rule("open", (masked(1, mask, flags),)), Rule("openat", (masked(2, mask, flags),))


def end_when_stuck(after_s: int) -> None:
    """The kernel ends this process when it has not called this again after so long, whatever it hangs in."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(after_s)
