"""The addresses of the devices of a scene, as its process writes them."""

from msgspec import Struct


class Places(Struct, frozen=True):
    """The addresses at which the daemon finds what is connected.

    Args:
        broker_port: TCP port on 127.0.0.1, of the city's broker and of the LoRaWAN network's.
        chip: socket of the GPIO chip.
        ports: device file, by that of the sample.
    """

    broker_port: int
    chip: str
    ports: dict[str, str]
