"""Bare Debians take the packages; an upgrade keeps what is the pole's, a removal and a purge leave what they should."""

import subprocess
from pathlib import Path

import pytest
from bare_debian import NEEDS_MUCH, inside, must, repacked

INSTALL = "apt-get install -y -q=2 --no-install-recommends"
CONFIG = "/etc/lamppost/lamppost.toml"
DEBIAN = {"bookworm": "deb12", "trixie": "deb13"}


@pytest.fixture(scope="module")
def core(packages: dict[str, Path], root: Path) -> Path:
    """The Debian with the daemon and the weights, without the camera's process."""
    names = " ".join(f"/packages/{packages[each].name}" for each in ("lamppost", "lamppost-models"))
    must(root, f"{INSTALL} {names}")
    return root


def test_what_it_brings_is_the_users_to_run_and_compiled(core: Path) -> None:
    assert must(core, "lamppost --version").startswith("lamppost ")
    missing = must(
        core,
        "cd /usr/lib/lamppost/lib/python3*/site-packages && for each in agent/*.py; do "
        "ls agent/__pycache__/$(basename $each .py).*.pyc >/dev/null 2>&1 || echo $each; done",
    )
    assert missing == ""
    assert must(core, "readlink -f /usr/lib/lamppost/bin/python").startswith("/usr/bin/python3.")
    assert must(core, f"stat -c '%U %G %a' {CONFIG}") == "root lamppost 640\n"
    assert must(core, "lamppost models").count("present") == 1
    assert "lamppost-camera" in must(core, "id lamppost-camera")


def test_a_camera_without_its_package_is_told_without_a_traceback(core: Path) -> None:
    text = '[camera.cam]\nsource = "/dev/video0"\n[zone.z]\ncamera = "cam"\ncategory = "bus_lane"\n'
    text += "polygon = [[1, 1], [90, 1], [90, 90]]\n"
    pole = '[pole]\nid = "p"\nsite = "s"\nlatitude = 45.0\nlongitude = 4.0\n[uplink]\nhost = "127.0.0.1"\n'
    (core / "tmp" / "camera.toml").write_text(pole + text)
    ran = inside(core, "lamppost check /tmp/camera.toml; lamppost kerb /tmp/none.mp4 -c /tmp/camera.toml")
    assert "apt install lamppost-vision" in ran.out + ran.err and "Traceback" not in ran.out + ran.err, ran


def test_the_elf_files_of_each_machine_are_of_that_machine(built: Path, suite: str, tmp_path: Path) -> None:
    for machine, word in (("amd64", "X86-64"), ("arm64", "AArch64")):
        (package,) = built.glob(f"lamppost_*+{DEBIAN[suite]}_{machine}.deb")
        subprocess.run(["dpkg-deb", "-x", str(package), str(tmp_path / machine)], check=True)
        files = [*(tmp_path / machine).rglob("*.so")]
        said = subprocess.run(["readelf", "-h", *files], capture_output=True, text=True, check=True).stdout
        assert files and said.count("Machine:") == said.count(word) == len(files)


def test_another_machines_package_is_refused(core: Path, built: Path, packages: dict[str, Path]) -> None:
    other = Path(str(packages["lamppost"]).replace("_amd64", "_arm64"))
    (core / "packages" / other.name).write_bytes(other.read_bytes())
    ran = inside(core, f"dpkg --install /packages/{other.name}")
    assert ran.status and "arm64" in ran.err and must(core, "lamppost --version")


def test_an_upgrade_keeps_the_edited_configuration_and_asks_nothing(
    core: Path, packages: dict[str, Path], tmp_path: Path
) -> None:
    must(core, f"echo '# ours' >>{CONFIG}; echo town >/etc/lamppost/rules.toml")
    must(core, "install -d /var/lib/lamppost; touch /var/lib/lamppost/lamppost.db")
    edit = ("usr/lib/lamppost/share/lamppost/config/lamppost.toml", "^# lamppost", "# a new sample of lamppost")
    new = repacked(packages["lamppost"], "99.0+deb", tmp_path, edit=edit)
    (core / "packages" / "new.deb").write_bytes(new.read_bytes())
    must(core, "dpkg --install /packages/new.deb </dev/null")
    assert must(core, f"tail -n 1 {CONFIG}") == "# ours\n"
    assert "a new sample" in must(core, f"head -n 1 {CONFIG}.ucf-dist")
    assert must(core, "cat /etc/lamppost/rules.toml; ls /var/lib/lamppost") == "town\nlamppost.db\n"


def test_no_room_is_told_before_anything_changes(core: Path, packages: dict[str, Path], tmp_path: Path) -> None:
    large = repacked(packages["lamppost"], "99.1", tmp_path, edit=NEEDS_MUCH)
    (core / "packages" / "large.deb").write_bytes(large.read_bytes())
    ran = inside(core, "dpkg --install /packages/large.deb")
    assert ran.status and "MB are free" in ran.err and "what runs goes on" in ran.err
    assert must(core, "dpkg-query -W -f '${Status} ${Version}' lamppost") == "install ok installed 99.0+deb"


def test_a_removal_keeps_what_is_the_poles_and_a_purge_nothing(core: Path) -> None:
    must(core, "apt-get remove -y -q=2 lamppost")
    assert inside(core, "ls /usr/lib/lamppost /usr/bin/lamppost").out == ""
    assert must(core, f"tail -n 1 {CONFIG}; ls /var/lib/lamppost") == "# ours\nlamppost.db\n"
    must(core, "apt-get purge -y -q=2 lamppost lamppost-models </dev/null")
    assert must(core, "find / -xdev -name '*lamppost*' ! -path '/proc/*' ! -path '/packages/*'") == ""
    assert inside(core, "getent passwd lamppost lamppost-camera").out == ""


def test_a_checkout_that_is_the_service_goes_on(root: Path, packages: dict[str, Path]) -> None:
    unit = root / "etc" / "systemd" / "system" / "lamppost.service"
    unit.parent.mkdir(parents=True, exist_ok=True)
    unit.write_text("[Service]\nExecStart=/opt/lamppost/.venv/bin/lamppost run\n")
    ran = inside(root, f"dpkg --install /packages/{packages['lamppost'].name}")
    assert ran.status and "starts another lamppost: /opt/lamppost/.venv/bin/lamppost run" in ran.err
    assert not (root / "usr" / "lib" / "lamppost").exists()
    unit.unlink()
