"""Writes the bill of materials that lies in a Debian package: of the pole's (sbom.py) what this package contains.

.venv/bin/python requirements/package_bill.py PACKAGE SUITE VERSION FILE
"""

import argparse
import sys
import tomllib
from pathlib import Path

from bundle import PYTHON, part
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.model.license import DisjunctiveLicense
from packageurl import PackageURL
from sbom import NotInstalled, commit_time, numbered, of_a_pole
from sections import ROOT

PARTS = {"lamppost": "core", "lamppost-vision": "vision", "lamppost-models": ""}
"""The packages, and which part of the Python packages each has."""


def bill(package: str, suite: str, release: str) -> Bom:
    """Raises NotInstalled."""
    whole = of_a_pole(PYTHON[suite])
    itself = debian_package(package, suite, release)
    kept = [each for each in whole.components if _is_in(each, package, suite)]
    bom = Bom(components=kept)
    bom.metadata.component, bom.metadata.properties = itself, whole.metadata.properties
    refs = {each.bom_ref for each in kept}
    bom.register_dependency(itself, kept)
    bom.dependencies.update(_only(each, refs) for each in whole.dependencies if each.ref in refs)
    return bom


def _is_in(component: Component, package: str, suite: str) -> bool:
    if component.type == ComponentType.MACHINE_LEARNING_MODEL:
        return package == "lamppost-models" and component.name in packed_models()
    return bool(PARTS[package]) and component.name in part(PARTS[package], suite).names


def packed_models() -> frozenset[str]:
    """The detectors whose weights `lamppost models fetch` can bring, and the package so contains."""
    tables = tomllib.loads((ROOT / "models" / "manifest.toml").read_text())
    return frozenset(name for name, entry in tables.items() if "source" in entry)


def _only(dependency: Dependency, refs: set[object]) -> Dependency:
    return Dependency(dependency.ref, [each for each in dependency.dependencies if each.ref in refs])


def debian_package(name: str, suite: str, release: str) -> Component:
    purl = PackageURL("deb", "lamppost", name, release, qualifiers={"distro": suite})
    licence = DisjunctiveLicense(id="Apache-2.0")
    return Component(
        name=name, version=release, type=ComponentType.APPLICATION, bom_ref=name, licenses=[licence], purl=purl
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("package", choices=PARTS)
    parser.add_argument("suite", choices=PYTHON)
    parser.add_argument("release", metavar="version")
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    try:
        text = numbered(bill(arguments.package, arguments.suite, arguments.release), commit_time())
    except NotInstalled as error:
        print(error, file=sys.stderr)
        return 1
    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    arguments.file.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
