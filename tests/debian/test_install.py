"""Bare Debians take the packages; an upgrade keeps what is the pole's, a removal and a purge leave what they should."""

import subprocess
from pathlib import Path

import pytest
from bare_debian import NEEDS_MUCH, inside, must, other_sample, repacked

INSTALL = "apt-get install -y -q=2 --no-install-recommends"
CONFIG = "/etc/lamppost/lamppost.toml"
DEBIAN = {"bookworm": "deb12", "trixie": "deb13"}


@pytest.fixture(scope="module")
def core(packages: dict[str, Path], root: Path) -> Path:
    """The Debian with the daemon and the weights, without the camera's process."""
    names = " ".join(f"/packages/{packages[each].name}" for each in ("lamppost", "lamppost-models"))
    must(root, f"{INSTALL} {names}")
    return root


def put(root: Path, name: str, package: Path) -> None:
    (root / "packages" / name).write_bytes(package.read_bytes())


def version(root: Path) -> str:
    return must(root, "dpkg-query -W -f '${Status} ${Version}' lamppost")


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
    assert must(core, "lamppost models").count("present") == 3
    assert "lamppost-camera" in must(core, "id lamppost-camera")


def test_a_camera_without_its_package_is_told_without_a_traceback(core: Path) -> None:
    text = '[camera.cam]\nsource = "/dev/video0"\n[zone.z]\ncamera = "cam"\ncategory = "bus_lane"\n'
    text += "polygon = [[1, 1], [90, 1], [90, 90]]\n"
    pole = '[pole]\nid = "p"\nsite = "s"\nlatitude = 45.0\nlongitude = 4.0\n[uplink]\nhost = "127.0.0.1"\n'
    (core / "tmp" / "camera.toml").write_text(pole + text)
    ran = inside(core, "lamppost check /tmp/camera.toml; lamppost kerb /tmp/none.mp4 -c /tmp/camera.toml")
    assert "apt install lamppost-vision" in ran.out + ran.err and "Traceback" not in ran.out + ran.err, ran


def test_the_demo_says_where_it_is(core: Path) -> None:
    ran = inside(core, "lamppost demo --scene air")
    assert ran.status == 1 and "In a checkout, on any machine: make demo" in ran.err and "Traceback" not in ran.err


PYTHON = "/usr/lib/lamppost/bin/python -I -c"


def test_a_signature_is_verified_by_debians_library(core: Path) -> None:
    """RFC 8032, section 7.1, test 2."""
    script = "import base64; from agent.uplink.signature import refusal; f = bytes.fromhex; key = base64.b64encode("
    script += "f('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')).decode(); by = "
    script += "f('92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    script += "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'); "
    script += "print(refusal(key, f('72'), by), refusal(key, f('73'), by).because)"
    assert must(core, f'{PYTHON} "{script}"') == "None bad_signature\n"


def test_zones_by_their_old_names_and_their_cities_are_debians(core: Path) -> None:
    script = "import zoneinfo; from agent.config.crosscheck.timezones import city; zoneinfo.ZoneInfo('Europe/Kiev'); "
    script += "zoneinfo.ZoneInfo('US/Eastern'); print(round(city('Europe/Paris').latitude))"
    assert must(core, f'{PYTHON} "{script}"') == "49\n"


def test_of_debians_python_packages_no_other_is_seen(core: Path) -> None:
    must(core, "touch /usr/lib/python3/dist-packages/socks.py")
    script = "from importlib.util import find_spec; print(find_spec('socks'), find_spec('cryptography').origin)"
    said = must(core, f'{PYTHON} "{script}"; rm /usr/lib/python3/dist-packages/socks.py').split()
    assert said[0] == "None" and said[1].endswith("/of-debian/cryptography/__init__.py")


def test_the_elf_files_of_each_machine_are_of_that_machine(built: Path, suite: str, tmp_path: Path) -> None:
    for machine, word in (("amd64", "X86-64"), ("arm64", "AArch64")):
        (package,) = built.glob(f"lamppost_*+{DEBIAN[suite]}_{machine}.deb")
        subprocess.run(["dpkg-deb", "-x", str(package), str(tmp_path / machine)], check=True)
        files = [each for each in (tmp_path / machine).rglob("*.so") if not each.is_symlink()]
        said = subprocess.run(["readelf", "-h", *files], capture_output=True, text=True, check=True).stdout
        assert files and said.count("Machine:") == said.count(word) == len(files)


def test_every_file_is_of_the_time_of_the_commit(built: Path) -> None:
    """Whenever its checkout was made: otherwise another build has other bytes."""
    for package in built.glob("*.deb"):
        order = ["tar", "--full-time", "--utc", "-t", "-v"]
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as unpacked:
            said = subprocess.run(order, stdin=unpacked.stdout, capture_output=True, text=True, check=True).stdout
        assert len({tuple(line.split()[3:5]) for line in said.splitlines()}) == 1, package


def test_another_machines_package_is_refused(core: Path, built: Path, packages: dict[str, Path]) -> None:
    other = Path(str(packages["lamppost"]).replace("_amd64", "_arm64"))
    put(core, other.name, other)
    ran = inside(core, f"dpkg --install /packages/{other.name}")
    assert ran.status and "arm64" in ran.err and must(core, "lamppost --version")


def test_an_upgrade_keeps_configuration_and_store_and_asks_nothing(
    core: Path, packages: dict[str, Path], tmp_path: Path
) -> None:
    must(core, f"echo '# ours' >>{CONFIG}; echo town >/etc/lamppost/rules.toml")
    must(core, "install -d /var/lib/lamppost; touch /var/lib/lamppost/lamppost.db")
    put(core, "new.deb", repacked(packages["lamppost"], "98.0", tmp_path))
    must(core, "dpkg --install /packages/new.deb </dev/null")
    assert must(core, f"tail -n 1 {CONFIG}; ls /etc/lamppost") == "# ours\nlamppost.toml\nprofiles\nrules.toml\n"
    assert must(core, "cat /etc/lamppost/rules.toml; ls /var/lib/lamppost") == "town\nlamppost.db\n"


def test_another_sample_is_no_question_where_nobody_answers(
    core: Path, packages: dict[str, Path], tmp_path: Path
) -> None:
    put(core, "sample.deb", repacked(packages["lamppost"], "99.0", tmp_path, edit=other_sample))
    ran = inside(core, "dpkg --install /packages/sample.deb </dev/null")
    assert ran.status and f"{CONFIG} was edited" in ran.err and "what runs goes on" in ran.err
    assert version(core) == "install ok installed 98.0"
    must(core, "dpkg --force-confold --install /packages/sample.deb </dev/null")
    assert version(core) == "install ok installed 99.0"
    assert must(core, f"tail -n 1 {CONFIG}; stat -c '%U %G %a' {CONFIG}") == "# ours\nroot lamppost 640\n"
    assert "a new sample" in must(core, f"head -n 1 {CONFIG}.dpkg-dist")


def test_no_room_is_told_before_anything_changes(core: Path, packages: dict[str, Path], tmp_path: Path) -> None:
    put(core, "large.deb", repacked(packages["lamppost"], "99.1", tmp_path, edit=NEEDS_MUCH))
    ran = inside(core, "dpkg --install /packages/large.deb")
    assert ran.status and "MB are free" in ran.err and "what runs goes on" in ran.err
    assert version(core) == "install ok installed 99.0"


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


def test_a_configuration_that_was_there_before_is_kept_without_a_question(
    root: Path, packages: dict[str, Path]
) -> None:
    must(root, f"install -d /etc/lamppost; echo '# of the image' >{CONFIG}; chmod 600 {CONFIG}")
    put(root, "cut.deb", packages["lamppost"])
    whole = (root / "packages" / "cut.deb").read_bytes()
    (root / "packages" / "cut.deb").write_bytes(whole[: len(whole) // 2])
    assert inside(root, "dpkg --install /packages/cut.deb </dev/null").status
    assert must(root, f"cat {CONFIG}") == "# of the image\n"
    must(root, f"{INSTALL} /packages/{packages['lamppost'].name} </dev/null")
    assert must(root, f"cat {CONFIG}; ls /etc/lamppost") == "# of the image\nlamppost.toml\nprofiles\n"
    assert f" {CONFIG} " in must(root, "dpkg-query -W -f '${Conffiles}' lamppost")
    must(root, "apt-get purge -y -q=2 lamppost </dev/null")
    assert not (root / "etc" / "lamppost").exists()


def test_an_upgrade_from_the_build_before_keeps_all(root: Path, packages: dict[str, Path], before: Path) -> None:
    put(root, "before.deb", before)
    must(root, f"{INSTALL} /packages/before.deb")
    must(root, f"echo '# ours' >>{CONFIG}; install -d /var/lib/lamppost; touch /var/lib/lamppost/lamppost.db")
    must(root, f"{INSTALL} -o Dpkg::Options::=--force-confold /packages/{packages['lamppost'].name} </dev/null")
    assert packages["lamppost"].name.split("_")[1] in version(root) and must(root, "lamppost --version")
    assert must(root, f"tail -n 1 {CONFIG}; ls /var/lib/lamppost") == "# ours\nlamppost.db\n"
    must(root, "apt-get purge -y -q=2 lamppost </dev/null")
