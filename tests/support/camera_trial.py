"""Runs in the place of the camera process and tries what that must never do: one line for each, how it was refused.

    python camera_trial.py narrowed     after the process has narrowed itself, as before it opens its source
    python camera_trial.py unit         in the limits of its unit alone
    python camera_trial.py eat          takes memory in the limits of its unit alone, until it is stopped

The first line that it reads is a job. Each line that it says is `NAME: WORD`, where the word is an error of errno(3),
"DONE" for what was not refused.
"""

import ctypes
import errno
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from drivers.camera import jail
from drivers.camera.ipc import read_job
from drivers.camera.worker import keep_nothing  # with it all that the process imports

libc = ctypes.CDLL(None, use_errno=True)
names = ctypes.CDLL("libseccomp.so.2")

PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/run", "/var/lib/lamppost-models", "/proc/self/task", "/opt", ".")
SECRETS = (
    *("/etc/lamppost/lamppost.toml", "/etc/lamppost/password", "/var/lib/lamppost/lamppost.db", "/etc/shadow"),
    *("/proc/1/environ", "/run/credentials/lamppost.service/password", "/root/secret", "/home/user/secret"),
)
DEVICES = ("/dev/mem", "/dev/kmsg", "/dev/ttyS0", "/dev/vda", "/dev/gpiochip0", "/dev/ttyUSB0")
_CALLS = """
ptrace process_vm_readv process_vm_writev mount umount2 move_mount fsopen open_tree unshare setns chroot
pivot_root kexec_load init_module finit_module bpf perf_event_open keyctl add_key request_key
io_uring_setup userfaultfd reboot settimeofday sethostname swapon personality setuid setgid capset
fork vfork execve execveat memfd_create memfd_secret pidfd_open pidfd_getfd kcmp seccomp
open_by_handle_at name_to_handle_at fanotify_init inotify_init1 quotactl acct syslog iopl ioperm
shmget semget msgget mq_open timer_create kill tkill mknodat mkdirat symlinkat linkat renameat2
unlinkat truncate ftruncate fchmodat fchownat utimensat setxattr chmod chown bind listen accept4
sched_setaffinity setpriority ioprio_set mbind migrate_pages prctl landlock_create_ruleset
"""
FAMILIES = {
    name: getattr(socket, name)
    for name in ("AF_UNIX", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG", "AF_BLUETOOTH", "AF_CAN")
    if hasattr(socket, name)
}


def word(act: Callable[[], object]) -> str:
    """How it was refused."""
    try:
        act()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, type(error).__name__)
    except MemoryError:
        return "ENOMEM"
    return "DONE"


def call(name: str) -> None:
    """Makes a system call with arguments that mean nothing. Raises OSError: it was refused; any other error is none."""
    number = names.seccomp_syscall_resolve_name(name.encode())
    if number < 0:
        raise OSError(errno.ENOSYS, name)
    if libc.syscall(number, *(ctypes.c_long(-1),) * 6) >= 0:
        return
    if (said := ctypes.get_errno()) in {errno.EPERM, errno.ENOSYS}:
        raise OSError(said, name)


def executable_memory() -> None:
    """Memory that is written and then run."""
    libc.mmap.restype, libc.mmap.argtypes = (
        ctypes.c_void_p,
        [ctypes.c_size_t, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long],
    )
    page = libc.mmap(0, 4096, 3, 0x22, -1, 0)
    if libc.mprotect(ctypes.c_void_p(page), 4096, 5) < 0:
        raise OSError(ctypes.get_errno(), "mprotect")


def start_program() -> None:
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)


def eat() -> list[np.ndarray]:
    """Takes a gigabyte and uses it."""
    return [np.ones(8 * 1024 * 1024, np.uint8) for _ in range(128)]


def created(folder: str) -> None:
    os.close(os.open(f"{folder}/frame", os.O_WRONLY | os.O_CREAT))


def connected(address: tuple[str, int]) -> None:
    with socket.socket() as made:
        made.settimeout(3)  # what is kept from it answers nothing
        made.connect(address)


def trials(hosts: list[str]) -> dict[str, Callable[[], object]]:
    return {
        **{f"create:{folder}": (lambda folder=folder: created(folder)) for folder in PLACES},
        **{f"read:{path}": (lambda path=path: Path(path).open("rb").read(1)) for path in SECRETS},
        **{f"device:{path}": (lambda path=path: os.open(path, os.O_RDONLY)) for path in DEVICES},
        **{f"call:{name}": (lambda name=name: call(name)) for name in _CALLS.split()},
        **{
            f"socket:{name}": (lambda kind=kind: socket.socket(kind, socket.SOCK_DGRAM).close())
            for name, kind in FAMILIES.items()
        },
        "socket:AF_INET6": lambda: socket.socket(socket.AF_INET6).close(),
        "socket:udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(),
        "socket:raw": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close(),
        **{
            f"connect:{host}": (lambda host=host: connected((host.split(":")[0], int(host.split(":")[1]))))
            for host in hosts
        },
        "program": start_program,
        "executable memory": executable_memory,
        "memory": eat,
    }


def main(how: str, *hosts: str) -> None:
    keep_nothing()
    job = read_job(sys.stdin.buffer.readline())
    if how == "narrowed":
        reach = jail.reach_of(job.options.source)
        jail.close_files(reach, Path(job.models_dir))
        jail.close_calls(reach)
    if how == "eat":
        kept = []
        while True:
            kept += eat()
    for name, act in trials(list(hosts)).items():
        sys.stdout.write(f"{name}: {word(act)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
