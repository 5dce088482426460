"""`python -m drivers.camera`: the camera process, started by the daemon."""

import os

from drivers.malloc import configure_malloc

if __name__ == "__main__":
    configure_malloc()
    # Of OpenCV, which reads it as it is loaded: the JPEG pictures of a device may announce any size.
    os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(4096 * 4096)
    from drivers.camera.worker import main

    main()
