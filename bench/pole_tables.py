"""The tables that the file of every bench's pole begins with."""

from pathlib import Path


def pole_tables(folder: Path, *keys: str, name: str = "bench", port: int | None = None) -> str:
    """A pole without devices, whose store lies in a folder; further keys of [uplink] may follow.

    Args:
        keys: further lines of [pole].
        port: of its broker; None: that of the defaults.
    """
    own = "".join(f"{key}\n" for key in keys)
    place = f'id = "{name}"\nsite = "bench"\nlatitude = 48.8566\nlongitude = 2.3522\n'
    uplink = '[uplink]\nhost = "127.0.0.1"\n' + ("" if port is None else f"port = {port}\n")
    return f'[pole]\n{place}{own}[store]\npath = "{folder}/lamppost.db"\n{uplink}'
