"""Builds and starts the far ends: paced or faulty Modbus units on pseudo-terminals, and a Modbus TCP server."""

import mmap
import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ports import free_port

SOURCES = Path(__file__).parent
TAKEN_US = ("40", "100")
NEEDED = "gcc, pkg-config and libmodbus-dev (Debian packages of these names) are needed"


class Slave:
    """Units on pseudo-terminals.

    Args:
        paths: of the near ends.
    """

    def __init__(self, process: "subprocess.Popen[str]", counters: mmap.mmap, paths: list[str]) -> None:
        self.paths, self.pid = paths, process.pid
        self._process, self._counters = process, counters

    def requests(self, line: int) -> int:
        """How many requests the line has heard."""
        return int(struct.unpack_from("=I", self._counters, 4 * line)[0])

    def writes_s(self) -> list[float]:
        """Ends the slave; the monotonic times at which the first byte of each write came."""
        self._process.terminate()
        said, _ = self._process.communicate(timeout=5)
        return [int(line.split()[1]) / 1e9 for line in said.splitlines() if line.startswith("w ")]


def word(unit: int, address: int, number: int) -> int:
    """What slave.c says is in a register when it answers request `number`."""
    return (unit * 40503 + address * 30011 + number * 52711) & 0xFFFF


@contextmanager
def built() -> Iterator[Path]:
    """The folder with the programs `slave`, `server` and `busy`."""
    if shutil.which("gcc") is None or shutil.which("pkg-config") is None:
        raise SystemExit(NEEDED)
    with tempfile.TemporaryDirectory(prefix="lamppost-bench-") as name:
        folder = Path(name)
        try:
            flags = subprocess.check_output(["pkg-config", "--cflags", "--libs", "libmodbus"], text=True)
        except subprocess.CalledProcessError:
            raise SystemExit(NEEDED) from None
        for program in ("slave", "server", "busy"):
            source = SOURCES / f"{program}.c"
            subprocess.run(["gcc", "-O2", "-o", folder / program, source, *flags.split()], check=True)
        yield folder


@contextmanager
def slave(folder: Path, *arguments: object) -> Iterator[Slave]:
    with tempfile.TemporaryFile(dir=folder) as shared:
        shared.truncate(mmap.PAGESIZE)
        with subprocess.Popen(
            [folder / "slave", *map(str, arguments)], stdin=shared, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                yield Slave(process, mmap.mmap(shared.fileno(), mmap.PAGESIZE), _paths(process))
            finally:
                process.terminate()


@contextmanager
def half_a_processor(folder: Path, beside: Slave) -> Iterator[None]:
    """This process on one processor, of which 40 of each 100 us are taken away (with the switching half of it); the
    slave on another."""
    ours, *others = sorted(os.sched_getaffinity(0))
    if not others:
        raise SystemExit("two processors are needed: the slave must not be slowed down")
    os.sched_setaffinity(beside.pid, others)
    os.sched_setaffinity(0, {ours})
    with subprocess.Popen([folder / "busy", str(ours), *TAKEN_US], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            if process.stdout.readline() != "ready\n":
                raise SystemExit("busy.c did not start")
            yield
        finally:
            process.terminate()
            os.sched_setaffinity(0, {ours, *others})


def _paths(process: "subprocess.Popen[str]") -> list[str]:
    assert process.stdout is not None
    paths = []
    while (line := process.stdout.readline().strip()) != "ready":
        if not line:
            raise SystemExit("slave.c did not start")
        paths.append(line)
    return paths


@contextmanager
def server(folder: Path, *more: str) -> Iterator[int]:
    """A Modbus TCP server on libmodbus; gives its port. `more`: what server.c is told beside it."""
    port = free_port()
    with subprocess.Popen([folder / "server", str(port), *more], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            if process.stdout.readline() != "ready\n":
                raise SystemExit("server.c did not start")
            yield port
        finally:
            process.kill()
