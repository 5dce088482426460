"""Settings of malloc(3) and pages given back, so that a process stays small. Imports nothing large."""

import ctypes
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
"""mallopt(3)."""

MADV_DONTNEED = 4
"""madvise(2)."""

MAPPING = re.compile(r"(?P<begin>[0-9a-f]+)-(?P<end>[0-9a-f]+) [r-]-\S\S \S+ \S+ \d+ +/(?!dev/)")
"""Matches the first line of the mapping of a file that nothing can write to. Of no device: a V4L2 driver's buffers are
mapped once, and reading one given back is a SIGBUS."""


def configure_malloc() -> None:
    """Configures malloc(3); call it before NumPy, OpenCV and LiteRT are imported.

    One thread per inference is what the options count; OpenBLAS would reserve memory for one per core. A picture is
    mapped by itself and given back whole, so that memory does not fray over months.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    libc = ctypes.CDLL(None)
    libc.mallopt(M_MMAP_THRESHOLD, 128 * 1024)
    libc.mallopt(M_ARENA_MAX, 1)


def release_pages(smaps: Path = Path("/proc/self/smaps")) -> None:
    """Give back what malloc(3) holds free, and the pages of files that were only needed to start: code that ran once,
    weights that LiteRT has packed.

    What is wanted again is mapped again. How much of a library the kernel maps at once hangs on how its file came into
    the page cache: the same process has 40 MB more on a box where it was just installed. A kernel built without
    CONFIG_PROC_PAGE_MONITOR does not tell which pages these are: nothing is given back there.
    """
    libc = ctypes.CDLL(None)
    libc.malloc_trim(0)
    if not smaps.exists():
        return
    madvise = libc.madvise
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    # Line by line: the whole of it is 150 kB, which would leave its marks in the memory that is to be given back.
    with smaps.open() as lines:
        for begin, end in _only_read(lines):
            madvise(begin, end - begin, MADV_DONTNEED)


def _only_read(smaps: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Mappings of files that nothing can write to and nothing has written to, as the dynamic linker does before it
    takes the right away; see proc(5). A page that was written to and then swapped out counts as swapped alone."""
    mapping, written_kb = None, ""
    for line in smaps:
        if not line[0].isupper():
            mapping = MAPPING.match(line)
        elif line.startswith("Anonymous:"):
            written_kb = line.split()[1]
        elif mapping and line.startswith("Swap:") and {written_kb, line.split()[1]} == {"0"}:
            yield int(mapping["begin"], 16), int(mapping["end"], 16)
