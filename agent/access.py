"""How a LoRaWAN network's broker is reached: by the uplink's own rules of TLS and passwords."""

from collections.abc import Callable
from functools import partial

from agent.clock import Moment
from agent.uplink import password
from agent.uplink import tls as uplink_tls
from agent.uplink.options import TlsOptions
from agent.uplink.tls import UplinkError
from drivers.errors import DeviceError
from drivers.lorawan import Access, Network, NetworkOptions, TlsFiles


def network(
    name: str, options: NetworkOptions, now: Callable[[], Moment], pole: tuple[str, str] | None = None
) -> Network:
    """The driver of [lorawan.NAME]; nothing is opened before it runs.

    Args:
        pole: site and id, by which the broker knows the pole again; None: only to look whether the broker is there.
    """
    identifier = None if pole is None else ".".join(("lamppost", *pole, "lorawan", name))
    return Network(name, options, partial(access, name, options, now), identifier, partial(_unix_s, now))


def _unix_s(now: Callable[[], Moment]) -> float | None:
    moment = now()
    return moment.unix_s if moment.trusted else None


def access(name: str, options: NetworkOptions, now: Callable[[], Moment]) -> Access:
    """Password and certificates of [lorawan.NAME], read now. Raises DeviceError."""
    tls = options.tls
    if tls is None and not uplink_tls.is_this_box(options.host):
        raise DeviceError(name, f"{options.host} is not this box and there is no [lorawan.{name}.tls]")
    try:
        return Access(
            password=password.read(options.password_file) if options.password_file else None,
            tls=uplink_tls.tls_context(_files(tls), uplink_tls.earliest_s(now())) if tls else None,
        )
    except UplinkError as error:
        raise DeviceError(name, str(error).replace("[uplink", f"[lorawan.{name}")) from error


def _files(tls: TlsFiles) -> TlsOptions:
    return TlsOptions(ca_file=tls.ca_file, certificate_file=tls.certificate_file, key_file=tls.key_file)
