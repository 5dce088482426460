"""`python -m drivers.camera`: the camera process, started by the daemon."""

from drivers.camera.malloc import settle

if __name__ == "__main__":
    settle()
    from drivers.camera.worker import main

    main()
