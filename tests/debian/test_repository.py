"""A signed repository: apt takes the package from it, unattended-upgrades a newer one; what was changed is refused."""

import contextlib
import functools
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from bare_debian import inside, must, other_sample, repacked
from sections import ROOT

KEY = "poles@town.example"
PAGE = (ROOT / "docs" / "installation.md").read_text()
ADDRESS = "https://packages.town.example/lamppost"


def written(beginning: str, suite: str) -> str:
    """What the page has a technician type for a Debian, as root types it: the block that begins so."""
    (block,) = (each for each in re.findall(r"(?s)```sh\n(.*?)```", PAGE) if each.startswith(beginning))
    typed = block.replace("sudo ", "").replace("Suites: trixie", f"Suites: {suite}")
    return f"cd /repository\nexport DEBIAN_FRONTEND=noninteractive\n{typed.replace(ADDRESS, 'file:/repository')}"


DEBIAN = {"bookworm": "deb12", "trixie": "deb13"}


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which gpg has a key."""
    home = tmp_path_factory.mktemp("gnupg")
    home.chmod(0o700)
    environment = {**os.environ, "GNUPGHOME": str(home), "LAMPPOST_KEY": KEY}
    order = ["gpg", "--batch", "--passphrase", "", "--quick-generate-key", f"Town <{KEY}>", "ed25519", "sign", "never"]
    subprocess.run(order, env=environment, check=True, capture_output=True)
    return environment


def publish(root: Path, signer: dict[str, str], package: Path) -> str:
    order = [str(ROOT / "debian" / "repo"), str(root / "repository"), str(package)]
    return subprocess.run(order, env=signer, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def pole(root: Path, packages: dict[str, Path], suite: str, signer: dict[str, str]) -> Path:
    publish(root, signer, packages["lamppost"])
    (root / "etc" / "apt" / "apt.conf.d" / "90yes").write_text('APT::Get::Assume-Yes "true";\n')
    must(root, written("sudo install -m 644 lamppost-archive-keyring.gpg", suite))
    must(root, "apt-get install -q=2 --no-install-recommends unattended-upgrades")
    return root


def version(root: Path) -> str:
    return must(root, "dpkg-query -W -f '${Version}' lamppost")


def test_apt_takes_the_package(pole: Path, packages: dict[str, Path]) -> None:
    assert version(pole) in packages["lamppost"].name


def test_unattended_upgrades_takes_a_newer_one_over_an_edited_configuration(
    pole: Path, packages: dict[str, Path], suite: str, signer: dict[str, str], tmp_path: Path
) -> None:
    must(pole, "echo '# ours' >>/etc/lamppost/lamppost.toml")
    must(pole, written("sudo tee /etc/apt/apt.conf.d/52lamppost", suite))
    newer = f"99.0+{DEBIAN[suite]}"
    publish(pole, signer, repacked(packages["lamppost"], newer, tmp_path, edit=other_sample))
    must(pole, "apt-get update -q=2 && unattended-upgrade --verbose </dev/null")
    assert version(pole) == newer
    assert must(pole, "tail -n 1 /etc/lamppost/lamppost.toml; ls /etc/lamppost") == (
        "# ours\nlamppost.toml\nlamppost.toml.dpkg-dist\nprofiles\n"
    )


def test_a_repository_that_somebody_changed_is_refused(pole: Path, suite: str) -> None:
    release = pole / "repository" / "dists" / suite / "InRelease"
    whole = release.read_text()
    release.write_text(whole.replace("Label: lamppost", "Label: l4mppost"))
    shutil.rmtree(pole / "var" / "lib" / "apt" / "lists")
    ran = inside(pole, "apt-get update")
    assert "BADSIG" in ran.out + ran.err or "not signed" in ran.out + ran.err or "signature" in ran.out + ran.err
    release.write_text(whole)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder over HTTP on loopback: its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_network_that_goes_away_is_told_and_the_old_one_stays(
    pole: Path, packages: dict[str, Path], suite: str, signer: dict[str, str], tmp_path: Path
) -> None:
    before, source = version(pole), pole / "etc" / "apt" / "sources.list.d" / "lamppost.sources"
    publish(pole, signer, repacked(packages["lamppost"], f"99.1+{DEBIAN[suite]}", tmp_path))
    with served(pole / "repository") as address:
        source.write_text(source.read_text().replace("file:/repository", address))
        must(pole, "apt-get update -q=2")
        assert "99.1" in must(pole, "apt-cache policy lamppost")
    ran = inside(pole, "apt-get install -y -q=2 lamppost")
    assert ran.status and "connect to 127.0.0.1" in ran.err
    assert version(pole) == before and must(pole, "lamppost --version")
