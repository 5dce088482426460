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
from licences import TABLE, read
from packageurl import PackageURL
from sbom import NotInstalled, commit_time, numbered, of_a_pole
from sections import ROOT

PARTS = {"lamppost": "core", "lamppost-vision": "vision", "lamppost-models": ""}
"""The packages, and which part of the Python packages each has."""


def bill(package: str, suite: str, release: str) -> Bom:
    """Raises NotInstalled."""
    whole = of_a_pole(PYTHON[suite])
    itself = debian_package(package, suite, release)
    kept = [_packed(each) for each in whole.components if _is_in(each, package, suite)]
    bom = Bom(components=kept)
    bom.metadata.component, bom.metadata.properties = itself, whole.metadata.properties
    refs: set[object] = {each.bom_ref for each in kept}
    bom.register_dependency(itself, kept)
    bom.dependencies.update(_only(each, refs) for each in whole.dependencies if each.ref in refs)
    return bom


def _is_in(component: Component, package: str, suite: str) -> bool:
    if component.type == ComponentType.MACHINE_LEARNING_MODEL:
        return package == "lamppost-models" and component.name in packed_models()
    return bool(PARTS[package]) and component.name in part(PARTS[package], suite).names


def _packed(component: Component) -> Component:
    """Takes the libraries of its wheel away that the package has empty ones in place of."""
    licence = read(TABLE.read_text()).pole.get(component.name)
    for each in [*component.components]:
        if licence and each.name in licence.emptied:
            component.components.remove(each)
    return component


def packed_models() -> frozenset[str]:
    """What the package contains: the detectors that `lamppost models fetch` can bring, with 8-bit numbers where there
    is such a file, and the zone model's files."""
    tables = tomllib.loads((ROOT / "models" / "manifest.toml").read_text())
    of_zones = {Path(each["file"]).stem for each in tables["zone_model"]["files"]}
    detectors = {f"{name}-int8" if "int8" in entry else name for name, entry in tables.items() if "source" in entry}
    return frozenset(of_zones | detectors)


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
