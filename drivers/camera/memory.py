"""What the camera process asks of malloc(3) and of the kernel, so that it stays small. Imports nothing large."""

import ctypes
import os
from pathlib import Path

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
"""mallopt(3)."""

MADV_DONTNEED = 4
"""madvise(2)."""


def settle() -> None:
    """Before NumPy, OpenCV and LiteRT are there.

    One thread per inference is what the options count; OpenBLAS would reserve memory for one per core. A picture is
    mapped by itself and given back whole, so that memory does not fray over months.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    libc = ctypes.CDLL(None)
    libc.mallopt(M_MMAP_THRESHOLD, 128 * 1024)
    libc.mallopt(M_ARENA_MAX, 1)


def let_go(file: Path) -> None:
    """Give back the pages that are mapped of a file and only read; one that is wanted again is read again."""
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for mapping in Path("/proc/self/maps").read_text().splitlines():
        span, access, *_ = mapping.split()
        if "w" not in access and mapping.endswith(f" {file.resolve()}"):
            begin, end = (int(edge, 16) for edge in span.split("-"))
            madvise(begin, end - begin, MADV_DONTNEED)
