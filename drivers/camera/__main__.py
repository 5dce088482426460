"""`python -m drivers.camera`: the camera process, started by the daemon."""

from drivers.malloc import configure_malloc

if __name__ == "__main__":
    configure_malloc()
    from drivers.camera.worker import main

    main()
