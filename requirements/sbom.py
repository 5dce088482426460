"""Writes the bill of materials of a pole: for each lock a CycloneDX file in dist/.

    .venv/bin/python requirements/sbom.py [FOLDER]

What is in it comes from the lock (versions, SHA-256), requirements/licences.toml, models/manifest.toml and, for who
needs whom, from what the installed packages say; no network is asked. Two runs on one commit write the same bytes: the
time is $SOURCE_DATE_EPOCH, or that of the commit.
"""

import argparse
import os
import subprocess
import sys
import tomllib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from licences import OF_A_POLE, TABLE, Licence, read
from lock import wanted_on_a_pole
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from sections import ROOT, Pin, file_of, locked_versions, pins, split

from agent import __version__

DEBIAN = {(3, 11): "debian-12", (3, 13): "debian-13"}
OF_DEBIAN = ("git", "libseccomp2", "make", "python3", "python3-venv", "systemd", "udev")
"""What a pole has of Debian for lamppost's sake, by README.md and docs/security.md; Debian says which versions."""

NAMESPACE = uuid.UUID("4f0c0f3e-6c1b-5b5e-9d57-0d7d8a2f6c11")
"""The UUID under which those of these files are made (RFC 9562, version 5)."""


class NotInstalled(Exception):
    """A package of the lock is not there to be asked whom it needs."""


def bill(version: tuple[int, int], at: datetime | None) -> str:
    """The file for the Python of that version, as JSON of CycloneDX 1.6. Raises NotInstalled."""
    return numbered(of_a_pole(version), at)


def of_a_pole(version: tuple[int, int]) -> Bom:
    """All that a pole with that Python gets. Raises NotInstalled."""
    parts = split(file_of(version).read_text())
    locked = {name: pin for section in OF_A_POLE for name, pin in pins(parts[section]).items()}
    licences = read(TABLE.read_text()).pole
    optional = pins(parts["npm"])
    needs = {name: needed_by(name, version) & locked.keys() for name in locked.keys() - optional.keys()}
    wanted = {extra: reached(map(name_of, lines), needs) for extra, lines in wanted_on_a_pole().items()}
    packages = {
        name: package(name, pin, licences[name], [extra for extra, names in wanted.items() if name in names])
        for name, pin in locked.items()
    }
    bom = Bom(components=[*packages.values(), *weights(), *of_debian(DEBIAN[version])])
    bom.metadata.component = itself()
    bom.metadata.properties.add(Property(name="lamppost:python", value=f"{version[0]}.{version[1]}"))
    bom.register_dependency(bom.metadata.component, packages.values())
    for name, needed in needs.items():
        bom.register_dependency(packages[name], [packages[each] for each in needed])
    for name in optional:
        packages[name].scope = ComponentScope.OPTIONAL
    return bom


def itself() -> Component:
    return Component(
        name="lamppost",
        version=__version__,
        type=ComponentType.APPLICATION,
        bom_ref="lamppost",
        licenses=[DisjunctiveLicense(id="Apache-2.0")],
        purl=PackageURL("generic", name="lamppost", version=__version__),
    )


def numbered(bom: Bom, at: datetime | None) -> str:
    """The text, with a number that follows from what is in it."""
    fixed = at or datetime.fromtimestamp(0, UTC)
    bom.metadata.timestamp, bom.serial_number = fixed, NAMESPACE
    bom.serial_number = uuid.uuid5(NAMESPACE, JsonV1Dot6(bom).output_as_string())
    return str(JsonV1Dot6(bom).output_as_string(indent=1)) + "\n"


def package(name: str, pin: Pin, licence: Licence, extras: Iterable[str]) -> Component:
    """A package of the lock. Any one of its files is installed: the hash of each is there."""
    purl = PackageURL("pypi", name=name, version=pin.version)
    return Component(
        name=name,
        version=pin.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(purl),
        purl=purl,
        licenses=[LicenseExpression(licence.licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in pin.sha256],
        properties=[Property(name="lamppost:wanted-by", value=extra or "lamppost") for extra in extras],
        components=[bundled(library, words, purl) for library, words in licence.bundles.items()],
    )


def bundled(library: str, licence: str, by: PackageURL) -> Component:
    """A library of others in a wheel. Not every machine's wheel has every one, and no version is told."""
    return Component(
        name=library,
        type=ComponentType.LIBRARY,
        scope=ComponentScope.OPTIONAL,
        bom_ref=f"{by}#{library}",
        licenses=[LicenseExpression(licence)],
    )


def weights() -> Iterator[Component]:
    """The detectors that `lamppost models fetch` brings, and the files of the zone model."""
    tables = tomllib.loads((ROOT / "models" / "manifest.toml").read_text())
    zones = tables.pop("zone_model")
    for name, entry in tables.items():
        yield _weights(name, entry["licence"], entry["sha256"])
        if "int8" in entry:
            yield _weights(f"{name}-int8", entry["licence"], entry["int8"]["sha256"])
    for each in zones["files"]:
        yield _weights(Path(each["file"]).stem, zones["licence"], each["sha256"])


def _weights(name: str, licence: str, sha256: str) -> Component:
    return Component(
        name=name,
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref=f"model:{name}",
        licenses=[LicenseExpression(licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)],
    )


def of_debian(distribution: str) -> Iterator[Component]:
    for name in OF_DEBIAN:
        purl = PackageURL("deb", "debian", name, qualifiers={"distro": distribution})
        yield Component(name=name, type=ComponentType.LIBRARY, bom_ref=str(purl), purl=purl)


def needed_by(name: str, version: tuple[int, int]) -> set[str]:
    """The packages that an installed one says it needs under that Python. Raises NotInstalled."""
    try:
        lines = requires(name) or []
    except PackageNotFoundError as error:
        raise NotInstalled(f"{name}: is in {file_of(version).name} and not installed here: make install") from error
    there = {"python_version": f"{version[0]}.{version[1]}", "python_full_version": f"{version[0]}.{version[1]}.0"}
    markers = {line: Requirement(line).marker for line in lines}
    return {name_of(line) for line, marker in markers.items() if not marker or marker.evaluate({**there, "extra": ""})}


def name_of(requirement: str) -> str:
    return canonicalize_name(Requirement(requirement).name)


def reached(names: Iterable[str], needs: Mapping[str, set[str]]) -> set[str]:
    """The packages, and those that they need, and so on."""
    found, left = set[str](), list(names)
    while left:
        if (name := left.pop()) not in found:
            found.add(name)
            left += needs.get(name, ())
    return found


def commit_time() -> datetime | None:
    """$SOURCE_DATE_EPOCH, or the time of the commit; None: there is neither."""
    told = os.environ.get("SOURCE_DATE_EPOCH") or _said_by_git()
    return datetime.fromtimestamp(int(told), UTC) if told else None


def _said_by_git() -> str:
    order = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    try:
        return subprocess.run(order, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "dist")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for version in locked_versions():
        try:
            text = bill(version, commit_time())
        except NotInstalled as error:
            print(error, file=sys.stderr)
            return 1
        file = folder / f"lamppost-{__version__}-{file_of(version).stem}.cdx.json"
        file.write_text(text)
        print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
