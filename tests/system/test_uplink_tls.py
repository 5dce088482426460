"""TLS that verifies always, against a real mosquitto with a private authority; never a downgrade to plaintext."""

import asyncio
import logging
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.clock import RELEASE_FLOOR_UNIX_S, Moment
from drivers.base import Reading
from drivers.errors import DeviceError
from drivers.lorawan import Network, NetworkOptions
from drivers.mqtt.options import TlsOptions

FLOOR = datetime.fromtimestamp(RELEASE_FLOOR_UNIX_S, UTC)
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


_CA = """[ca]
default_ca = city
[city]
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
certificate = {folder}/city.pem
private_key = {folder}/city.key
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""


def _dated(folder: Path, name: str, begin: datetime, end: datetime) -> None:
    """A certificate for 127.0.0.1 that is valid between two times."""
    (folder / "index.txt").write_text("")
    (folder / "serial").write_text(f"{time.monotonic_ns():016X}\n")
    (folder / "ca.conf").write_text(_CA.format(folder=folder))
    _openssl(
        folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{name}.key", "-out", f"{name}.csr",
    )  # fmt: skip
    _openssl(
        folder, "ca", "-batch", "-notext", "-config", "ca.conf", "-in", f"{name}.csr", "-out", f"{name}.pem",
        "-startdate", f"{begin:%Y%m%d%H%M%SZ}", "-enddate", f"{end:%Y%m%d%H%M%SZ}",
    )  # fmt: skip


class Box:
    """A clock of a box."""

    boot = "b"

    def __init__(self, unix_s: float, trusted: bool) -> None:
        self._unix_s, self._trusted = unix_s, trusted

    def now(self) -> Moment:
        return self.moment_at(0.0)

    def moment_at(self, mono_s: float) -> Moment:
        return Moment(self._unix_s, mono_s, self.boot, self._trusted)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    _authority(folder, "city")
    _authority(folder, "stranger")
    _certificate(folder, "broker", "city", "IP:127.0.0.1")
    _certificate(folder, "elsewhere", "city", "DNS:broker.example")
    _certificate(folder, "pole", "city", "DNS:p1")
    _certificate(folder, "pole-next", "city", "DNS:p1")
    now, day = datetime.now(UTC), timedelta(days=1)
    _dated(folder, "ended", now - 10 * day, now - day)
    _dated(folder, "ended-long-ago", FLOOR - 10 * day, FLOOR - day)
    _dated(folder, "to-begin", now + day, now + 10 * day)
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
            await here.until(lambda: here.status.sent == 500 and here.store.depth() == 0)

    asyncio.run(main())


@pytest.mark.parametrize(
    "certificate, authority, trouble, words",
    [
        ("broker", "stranger", "certificate_untrusted", "check ca_file"),
        ("broker", None, "certificate_untrusted", "check ca_file"),
        ("elsewhere", "city", "certificate_name", "certificate is not valid for '127.0.0.1'"),
        ("ended", "city", "certificate_expired", "the clock of this box is set"),
        ("to-begin", "city", "certificate_not_yet_valid", "the clock of this box is set"),
    ],
)
def test_a_wrong_certificate_is_refused_under_a_name_of_its_own(
    start_broker: Make,
    pole: Make,
    events: Make,
    keys: Path,
    certificate: str,
    authority: str | None,
    trouble: str,
    words: str,
) -> None:
    broker = start_broker(_config(keys, certificate))
    tls = TlsOptions(ca_file=str(keys / f"{authority}.pem") if authority else None)

    async def main() -> None:
        async with pole(broker.port, tls=tls, more={"clock": Box(time.time(), True)}) as here:
            await here.store.commit(events(5), {})
            await here.until(lambda: len(here.pauses) >= 3)
            assert here.status.trouble.name == trouble
            assert words in here.status.trouble.words
            assert here.store.depth() == 5

    asyncio.run(main())


def test_mutual_tls(start_broker: Make, pole: Make, keys: Path) -> None:
    broker = start_broker(_config(keys, more="require_certificate true\n"))
    files = {"certificate_file": str(keys / "pole.pem"), "key_file": str(keys / "pole.key")}

    async def main() -> None:
        async with pole(broker.port, tls=TlsOptions(ca_file=str(keys / "city.pem"), **files)) as here:
            await here.until(lambda: here.status.connected)

    asyncio.run(main())


@pytest.mark.parametrize("version", ["tlsv1.2", "tlsv1.3"])
@pytest.mark.parametrize("own", [None, "stranger"])
def test_a_broker_that_refuses_the_certificate_of_the_pole_is_told_by_name_and_asked_slowly(
    start_broker: Make, pole: Make, keys: Path, version: str, own: str | None
) -> None:
    """The broker says so after the handshake with TLS 1.3; and it may hang up before that can be read."""
    broker = start_broker(_config(keys, more=f"require_certificate true\ntls_version {version}\n"))
    files = {"certificate_file": str(keys / f"{own}.pem"), "key_file": str(keys / f"{own}.key")} if own else {}

    async def main() -> None:
        async with pole(broker.port, tls=TlsOptions(ca_file=str(keys / "city.pem"), **files)) as here:
            await here.until(lambda: here.status.trouble and here.status.trouble.name == "certificate_refused")
            await here.until(lambda: here.pauses)  # which begin a moment after the trouble is known
            assert here.pauses[-1] >= 30
            assert "check certificate_file and key_file" in here.status.trouble.words

    asyncio.run(main())


def test_plaintext_is_never_attempted(silent_server: Make, start_broker: Make, pole: Make, keys: Path) -> None:
    """Neither to a server that does not speak TLS, nor after it: every attempt begins with a TLS handshake."""
    plain = start_broker()

    async def main() -> None:
        tls = TlsOptions(ca_file=str(keys / "city.pem"))
        with silent_server() as (port, heard):
            async with pole(port, tls=tls) as here:
                await here.until(lambda: len(here.pauses) >= 2)
            assert len(heard) >= 2
            assert all(first[:2] == b"\x16\x03" for first in heard)
        async with pole(plain.port, tls=tls) as here:
            await here.until(lambda: len(here.pauses) >= 2)
            assert not here.status.connected

    asyncio.run(main())


@pytest.mark.parametrize(
    ("certificate", "unix_s", "trouble"),
    [
        # In 1970, as a box without a battery begins: whatever is valid now or later may be right.
        ("broker", 0.0, None),
        ("to-begin", 0.0, None),
        # One that had ended when lamppost was made is wrong by any clock.
        ("ended-long-ago", 0.0, "clock_not_set"),
        # A clock that stands in the future, and nobody has set it.
        ("broker", 4e9, "clock_not_set"),
        ("ended", RELEASE_FLOOR_UNIX_S - 1, None),
    ],
)
def test_promise_works_with_no_clock_a_certificate_is_judged_by_the_earliest_time_that_it_can_be(
    start_broker: Make, pole: Make, keys: Path, certificate: str, unix_s: float, trouble: str | None
) -> None:
    broker, tls = start_broker(_config(keys, certificate)), TlsOptions(ca_file=str(keys / "city.pem"))

    async def main() -> None:
        async with pole(broker.port, tls=tls, more={"clock": Box(unix_s, False)}) as here:
            await here.until(lambda: here.status.connected or here.pauses)
            assert here.status.connected is (trouble is None)
            assert trouble is None or here.status.trouble.name == trouble

    asyncio.run(main())


@pytest.mark.parametrize(("certificate", "authority"), [("broker", "stranger"), ("elsewhere", "city")])
def test_promise_works_with_no_clock_and_authority_and_name_are_verified_all_the_same(
    start_broker: Make, pole: Make, keys: Path, certificate: str, authority: str
) -> None:
    broker = start_broker(_config(keys, certificate))

    async def main() -> None:
        tls = TlsOptions(ca_file=str(keys / f"{authority}.pem"))
        async with pole(broker.port, tls=tls, more={"clock": Box(0.0, False)}) as here:
            await here.until(lambda: len(here.pauses) >= 2)
            assert here.status.trouble.name in ("certificate_untrusted", "certificate_name")

    asyncio.run(main())


@pytest.fixture
def own(keys: Path, tmp_path: Path) -> dict[str, str]:
    """The pole's files, which a test may replace."""
    files = {"ca_file": "city.pem", "certificate_file": "pole.pem", "key_file": "pole.key"}
    for name in files.values():
        shutil.copy(keys / name, tmp_path / name)
    return {key: str(tmp_path / name) for key, name in files.items()}


def _end(path: Path) -> float:
    told = subprocess.run(["openssl", "x509", "-noout", "-enddate", "-in", path], check=True, capture_output=True)
    return float(ssl.cert_time_to_seconds(told.stdout.decode().strip().removeprefix("notAfter=")))


def test_promise_no_committed_event_is_lost_while_certificate_and_key_are_replaced(
    start_broker: Make, city: Make, pole: Make, events: Make, keys: Path, own: dict[str, str]
) -> None:
    """First the certificate alone, as a careless tool does it; then its key. Each event arrives once."""
    broker = start_broker(_config(keys, more="require_certificate true\nmax_queued_messages 0\n"))

    async def main() -> None:
        async with pole(broker.port, tls=TlsOptions(**own)) as here:
            await here.until(lambda: here.status.connected)
            committed, enough = [], asyncio.Event()
            committing = asyncio.create_task(_until(enough, here.store, events, committed))
            await here.until(lambda: here.status.sent >= 100)
            shutil.copy(keys / "pole-next.pem", own["certificate_file"])
            await here.until(lambda: here.status.trouble is not None)
            assert here.status.connected and here.status.trouble.name == "files"
            before = here.status.sent
            await here.until(lambda: here.status.sent > before)
            shutil.copy(keys / "pole-next.key", own["key_file"])
            await here.until(lambda: here.status.connected and here.status.trouble is None)
            enough.set()
            await committing
            await here.until(lambda: here.store.depth() == 0)
            assert here.status.sent == len(committed), "sent once each: what was on its way was waited for"
            assert here.pauses == [], "no attempt failed"

    asyncio.run(main())


async def _until(enough: asyncio.Event, store: Any, events: Make, committed: list[Any]) -> None:
    while not enough.is_set():
        (event,) = events(1, first=len(committed))
        await store.commit([event], {})
        committed.append(event)
        await asyncio.sleep(0.001)


def test_a_new_authority_is_used_without_a_restart(
    start_broker: Make, pole: Make, keys: Path, own: dict[str, str]
) -> None:
    broker = start_broker(_config(keys))
    shutil.copy(keys / "stranger.pem", own["ca_file"])

    async def main() -> None:
        async with pole(broker.port, tls=TlsOptions(**own)) as here:
            await here.until(lambda: here.pauses)
            assert here.status.trouble.name == "certificate_untrusted"
            shutil.copy(keys / "city.pem", own["ca_file"])
            await here.until(lambda: here.status.connected)

    asyncio.run(main())


def test_the_ends_of_all_certificates_are_known(
    start_broker: Make, pole: Make, keys: Path, own: dict[str, str]
) -> None:
    broker = start_broker(_config(keys))

    async def main() -> None:
        async with pole(broker.port, tls=TlsOptions(**own)) as here:
            await here.until(lambda: here.status.connected)
            known = {one.certificate: one for one in here.status.certificates}
            for name, file in (("pole", "pole"), ("authority", "city"), ("broker", "broker")):
                assert known[name].not_after_s == _end(keys / f"{file}.pem")
            assert known["broker"].file is None

    asyncio.run(main())


def test_a_key_that_others_can_use_is_refused(start_broker: Make, pole: Make, keys: Path, own: dict[str, str]) -> None:
    broker = start_broker(_config(keys))
    Path(own["key_file"]).chmod(0o604)

    async def main() -> None:
        async with pole(broker.port, tls=TlsOptions(**own)) as here:
            await here.until(lambda: here.pauses)
            assert here.status.trouble.name == "files" and "may be used by others" in here.status.trouble.words

    asyncio.run(main())


def test_no_secret_is_logged(
    start_broker: Make, pole: Make, keys: Path, own: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has none at any level, and the status none in its words."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("mqtt").setLevel(logging.DEBUG)
    users, secret = tmp_path / "users", tmp_path / "password"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(users), "p1", "open-sesame"], check=True, capture_output=True)
    secret.touch(0o600)
    config = _config(keys, more=f"password_file {users}\n").replace("allow_anonymous true", "allow_anonymous false")
    broker, said = start_broker(config), []

    async def main() -> None:
        for password in ("open-sesame", "open-barley"):
            secret.write_text(password)
            who = {"username": "p1", "password_file": str(secret)}
            async with pole(broker.port, tls=TlsOptions(**own), **who) as here:
                await here.until(lambda: here.status.connected or here.pauses)
                said.append(f"{here.status.trouble} {here.status.certificates}")

    asyncio.run(main())
    logging.getLogger("mqtt").setLevel(logging.WARNING)
    key = Path(own["key_file"]).read_text().splitlines()[1]
    assert "login_refused" in said[1]
    for hidden in ("open-sesame", "open-barley", key):
        assert hidden not in caplog.text + "".join(said)


async def _first_of_network(port: int, tls: TlsOptions, box: Box) -> Reading:
    """What a LoRaWAN network says first."""

    class Heard(Exception):
        pass

    said: list[Reading] = []

    async def emit(reading: Reading) -> None:
        said.append(reading)
        raise Heard

    driver = Network(
        "town", NetworkOptions(host="127.0.0.1", port=port, tls=tls), earliest_s=lambda: box.now().earliest_s
    )
    with pytest.raises(Heard):
        await driver.run(emit)
    return said[0]


def test_the_broker_of_a_lorawan_network_is_verified_as_the_citys_is(start_broker: Make, keys: Path) -> None:
    broker = start_broker(_config(keys, more="require_certificate true\n"))

    async def first(authority: str, **own: str) -> Reading:
        tls = TlsOptions(ca_file=str(keys / f"{authority}.pem"), **own)
        return await _first_of_network(broker.port, tls, Box(time.time(), True))

    pole = {"certificate_file": str(keys / "pole.pem"), "key_file": str(keys / "pole.key")}
    assert asyncio.run(first("city", **pole)).value is True
    with pytest.raises(DeviceError, match="certificate verify failed") as refused:
        asyncio.run(first("stranger", **pole))
    assert "check ca_file" in str(refused.value)
    with pytest.raises(DeviceError, match=r"\[lorawan.town.tls\] ca_file .*nowhere.pem: No such file"):
        asyncio.run(first("nowhere", **pole))


def test_promise_works_with_no_clock_and_a_lorawan_network_is_heard_by_the_same_rule(
    start_broker: Make, keys: Path
) -> None:
    tls = TlsOptions(ca_file=str(keys / "city.pem"))
    unset = Box(0.0, False)
    reading = asyncio.run(_first_of_network(start_broker(_config(keys, "to-begin")).port, tls, unset))
    assert reading.value is True
    with pytest.raises(DeviceError, match="not set"):
        asyncio.run(_first_of_network(start_broker(_config(keys, "ended-long-ago")).port, tls, unset))
