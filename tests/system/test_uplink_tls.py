"""TLS that verifies always, against a real mosquitto with a private authority; never a downgrade to plaintext."""

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.access import network
from agent.uplink.options import TlsOptions
from drivers.base import Reading
from drivers.errors import DeviceError
from drivers.parking.lorawan import NetworkOptions, TlsFiles

Make = Callable[..., Any]
_TLS = "listener {{port}} 127.0.0.1\nallow_anonymous true\ncafile {ca}\ncertfile {certificate}\nkeyfile {key}\n"


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def _authority(folder: Path, name: str) -> Path:
    _openssl(
        folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem",
    )  # fmt: skip
    return folder / f"{name}.pem"


def _certificate(folder: Path, name: str, authority: str, alternative: str) -> tuple[Path, Path]:
    _openssl(
        folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
        "-keyout", f"{name}.key", "-out", f"{name}.csr",
    )  # fmt: skip
    (folder / f"{name}.ext").write_text(f"subjectAltName={alternative}\n")
    _openssl(
        folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
        "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem",
    )  # fmt: skip
    return folder / f"{name}.pem", folder / f"{name}.key"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    _authority(folder, "city")
    _authority(folder, "stranger")
    _certificate(folder, "broker", "city", "IP:127.0.0.1")
    _certificate(folder, "elsewhere", "city", "DNS:broker.example")
    _certificate(folder, "pole", "city", "DNS:p1")
    return folder


def _config(keys: Path, certificate: str = "broker", more: str = "") -> str:
    config = _TLS.format(ca=keys / "city.pem", certificate=keys / f"{certificate}.pem", key=keys / f"{certificate}.key")
    return config + more


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_right_authority_is_believed(start_broker: Make, pole: Make, events: Make, keys: Path, protocol: str) -> None:
    broker = start_broker(_config(keys))

    async def main() -> None:
        async with pole(broker.port, protocol=protocol, tls=TlsOptions(ca_file=str(keys / "city.pem"))) as here:
            await here.store.commit(events(500), {})
            await here.until(lambda: here.uplink.sent == 500 and here.store.depth() == 0)

    asyncio.run(main())


@pytest.mark.parametrize(
    "certificate, authority, words",
    [
        ("broker", "stranger", "certificate verify failed"),
        ("broker", None, "certificate verify failed"),
        ("elsewhere", "city", "certificate is not valid for '127.0.0.1'"),
    ],
)
def test_wrong_authority_and_wrong_name_are_refused(
    start_broker: Make, pole: Make, events: Make, keys: Path, certificate: str, authority: str | None, words: str
) -> None:
    broker = start_broker(_config(keys, certificate))
    tls = TlsOptions(ca_file=str(keys / f"{authority}.pem") if authority else None)

    async def main() -> None:
        async with pole(broker.port, tls=tls) as here:
            await here.store.commit(events(5), {})
            await here.until(lambda: len(here.pauses) >= 3)
            assert words in here.uplink.last_error
            assert here.store.depth() == 5

    asyncio.run(main())


def test_mutual_tls(start_broker: Make, pole: Make, keys: Path) -> None:
    broker = start_broker(_config(keys, more="require_certificate true\n"))
    files = {"certificate_file": str(keys / "pole.pem"), "key_file": str(keys / "pole.key")}

    async def main() -> None:
        async with pole(broker.port, tls=TlsOptions(ca_file=str(keys / "city.pem"), **files)) as here:
            await here.until(lambda: here.uplink.connected)
        async with pole(broker.port, tls=TlsOptions(ca_file=str(keys / "city.pem"))) as here:
            await here.until(lambda: here.pauses)
            assert not here.uplink.connected

    asyncio.run(main())


def test_plaintext_is_never_attempted(silent_server: Make, start_broker: Make, pole: Make, keys: Path) -> None:
    """Neither to a server that does not speak TLS, nor after it: every attempt begins with a TLS handshake."""
    plain = start_broker()

    async def main() -> None:
        tls = TlsOptions(ca_file=str(keys / "city.pem"))
        with silent_server() as (port, heard):
            async with pole(port, tls=tls) as here:
                await here.until(lambda: len(here.pauses) >= 2, limit_s=30)
            assert len(heard) >= 2
            assert all(first[:2] == b"\x16\x03" for first in heard)
        async with pole(plain.port, tls=tls) as here:
            await here.until(lambda: len(here.pauses) >= 2)
            assert not here.uplink.connected

    asyncio.run(main())


def test_the_broker_of_a_lorawan_network_is_verified_as_the_citys_is(start_broker: Make, keys: Path) -> None:
    broker = start_broker(_config(keys, more="require_certificate true\n"))

    async def first(authority: str, **own: str) -> Reading:
        class Heard(Exception):
            pass

        said: list[Reading] = []

        async def emit(reading: Reading) -> None:
            said.append(reading)
            raise Heard

        tls = TlsFiles(ca_file=str(keys / f"{authority}.pem"), **own)
        driver = network("town", NetworkOptions(host="127.0.0.1", port=broker.port, tls=tls))
        with pytest.raises(Heard):
            await driver.run(emit)
        return said[0]

    pole = {"certificate_file": str(keys / "pole.pem"), "key_file": str(keys / "pole.key")}
    assert asyncio.run(first("city", **pole)).value is True
    with pytest.raises(DeviceError, match="certificate verify failed"):
        asyncio.run(first("stranger", **pole))
    with pytest.raises(DeviceError, match=r"\[lorawan.town.tls\] ca_file .*nowhere.pem: No such file"):
        asyncio.run(first("nowhere", **pole))
