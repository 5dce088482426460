"""A signed repository: apt takes the package from it, unattended-upgrades a newer one; what was changed is refused."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from bare_debian import inside, must, repacked
from sections import ROOT

KEY = "poles@town.example"
SOURCE = """Types: deb
URIs: file:/repository
Suites: {suite}
Components: main
Signed-By: /repository/lamppost-archive-keyring.gpg
"""
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
    source = root / "etc" / "apt" / "sources.list.d" / "lamppost.sources"
    source.write_text(SOURCE.format(suite=suite))
    must(root, "apt-get update -q=2 && apt-get install -y -q=2 --no-install-recommends lamppost unattended-upgrades")
    return root


def version(root: Path) -> str:
    return must(root, "dpkg-query -W -f '${Version}' lamppost")


def test_apt_takes_the_package(pole: Path, packages: dict[str, Path]) -> None:
    assert version(pole) in packages["lamppost"].name


def test_unattended_upgrades_takes_a_newer_one_over_an_edited_configuration(
    pole: Path, packages: dict[str, Path], suite: str, signer: dict[str, str], tmp_path: Path
) -> None:
    must(pole, "echo '# ours' >>/etc/lamppost/lamppost.toml")
    origins = 'Unattended-Upgrade::Origins-Pattern { "origin=lamppost"; };\n'
    (pole / "etc" / "apt" / "apt.conf.d" / "52lamppost").write_text(origins)
    newer = f"99.0+{DEBIAN[suite]}"
    edit = ("usr/lib/lamppost/share/lamppost/config/lamppost.toml", "^# lamppost", "# a new sample of lamppost")
    publish(pole, signer, repacked(packages["lamppost"], newer, tmp_path, edit=edit))
    must(pole, "apt-get update -q=2 && unattended-upgrade --verbose </dev/null")
    assert version(pole) == newer
    assert must(pole, "tail -n 1 /etc/lamppost/lamppost.toml") == "# ours\n"


def test_a_repository_that_somebody_changed_is_refused(pole: Path, suite: str) -> None:
    release = pole / "repository" / "dists" / suite / "InRelease"
    whole = release.read_text()
    release.write_text(whole.replace("Label: lamppost", "Label: l4mppost"))
    shutil.rmtree(pole / "var" / "lib" / "apt" / "lists")
    ran = inside(pole, "apt-get update")
    assert "BADSIG" in ran.out + ran.err or "not signed" in ran.out + ran.err or "signature" in ran.out + ran.err
    release.write_text(whole)


def test_what_the_gpl_holds_is_left_out_unless_told_otherwise(root: Path, built: Path, signer: dict[str, str]) -> None:
    found = [*built.glob("lamppost-vision_*+deb12_amd64.deb")]
    if not found:
        pytest.skip("no package for Debian 12 was built")
    assert "left out: lamppost-vision_" in publish(root, signer, found[0])
