"""`python -m drivers.camera`: the camera process, started by the daemon."""

from drivers.camera.memory import settle

if __name__ == "__main__":
    settle()
    from drivers.camera.worker import main

    main()
