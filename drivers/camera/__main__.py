"""`python -m drivers.camera`: the camera process, started by the daemon."""

import ctypes
import os

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
"""mallopt(3)."""


def settle_memory() -> None:
    """Before NumPy, OpenCV and LiteRT are there.

    One thread per inference is what the options count; OpenBLAS would reserve memory for one per core. A picture is
    mapped by itself and given back whole, so that memory does not fray over months.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    libc = ctypes.CDLL(None)
    libc.mallopt(M_MMAP_THRESHOLD, 128 * 1024)
    libc.mallopt(M_ARENA_MAX, 1)


if __name__ == "__main__":
    settle_memory()
    from drivers.camera.worker import main

    main()
