"""How cameras and their processes are kept apart, and by which models they see, for an auditor."""

from collections.abc import Iterator
from pathlib import Path

from agent.config.problems import without_secrets
from agent.config.schema import Config
from agent.trades.kerb.tables import KerbTables
from agent.trades.privacy import Fact
from drivers.camera import landlock, seccomp
from drivers.camera.errors import ModelError
from drivers.camera.models import STATE_WORDS, find, in_use
from drivers.camera.options import CameraOptions
from drivers.camera.process import SERVICE_SOCKET
from drivers.translation import _


def facts(config: Config, tables: KerbTables) -> tuple[Fact, ...]:
    """Returns what is known of each camera, of their processes on this box, and of each model."""
    cameras = tables.camera
    models = sorted({camera.model for camera in cameras.values()})
    of_models = (_model(name, Path(config.pole.models_dir)) for name in models)
    return (*(_camera(name, each) for name, each in cameras.items()), *_jail(), *of_models)


def _camera(name: str, camera: CameraOptions) -> Fact:
    words = _("{source}: pictures come in, nothing else is asked of it, and no redirect is followed")
    return _("camera {name}").format(name=name), words.format(source=without_secrets(camera.source))


def _jail() -> Iterator[Fact]:
    has_unit = SERVICE_SOCKET.is_socket()
    unit = _("a unit and a user of its own, started by {socket}").format(socket=SERVICE_SOCKET)
    child = _("a child of the daemon, with its user: {socket} is not there").format(socket=SERVICE_SOCKET)
    yield _("camera process"), unit if has_unit else child
    missing = _("not possible: libseccomp2 is missing, and no camera runs")
    yield _("system calls of it"), _("filtered by libseccomp") if seccomp.is_installed() else missing
    version = landlock.version()
    none = _("this kernel has no Landlock: the filter of system calls alone keeps it from files")
    yield _("files and ports of it"), _("by Landlock, version {version}").format(version=version) if version else none


def _model(name: str, folder: Path) -> Fact:
    title = _("model {name}").format(name=name)
    try:
        entry = find(folder, name)
        used, found = in_use(folder, entry.model)
    except (ModelError, OSError) as error:
        return title, str(error)
    whose = _("the operator's own") if entry.own else _("comes with lamppost")
    return title, f"{whose}; {STATE_WORDS[found]}; sha256 {used.sha256}"
