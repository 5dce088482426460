"""`python -m drivers.camera`: the camera process, started by the daemon."""

import os

# One thread per inference is what the options count; OpenBLAS would reserve memory for one per core.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from drivers.camera.worker import main

if __name__ == "__main__":
    main()
