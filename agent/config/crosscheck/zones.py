"""[camera.NAME], [zone.NAME], [kerb]: polygons that are one piece of the picture, and the gate of the alert mode."""

import stat
from datetime import date, datetime
from pathlib import Path

from agent.config.crosscheck.pole import zone as time_zone
from agent.config.polygon import Corner, collinear, crossing_sides, outside
from agent.config.problems import Report, nearest, one_of, without_secrets
from agent.config.reader import Table
from drivers.camera.models import ModelError, catalogue


def check(config: Table, report: Report) -> None:
    for zone in config.tables("zone").values():
        _polygon(zone, config.tables("camera"), report)
    for camera in config.tables("camera").values():
        _scores(camera, report)
        _password(camera, report)
    _one_owner_of_a_camera(config, report)
    _models(config, report)


def _polygon(zone: Table, cameras: dict[str, Table], report: Report) -> None:
    corners: tuple[Corner, ...] | None = zone.values.get("polygon")
    if corners is None:
        return
    camera = cameras.get(str(zone.values.get("camera")))
    picture = camera.values.get("picture") if camera else None
    if picture is not None:
        _on_picture(zone, corners, picture, report)
    if collinear(corners):
        report.error(zone.path, "polygon", "has no area", "expected at least three corners that are not on one line")
    elif crossed := crossing_sides(corners):
        what = f"the side from corner {crossed[0] + 1} crosses or touches the one from corner {crossed[1] + 1}"
        report.error(zone.path, "polygon", what, "expected the corners in order around the zone")


def _on_picture(zone: Table, corners: tuple[Corner, ...], picture: Corner, report: Report) -> None:
    for at in outside(corners, picture):
        what = f"({corners[at][0]}, {corners[at][1]}) lies outside the picture of {picture[0]} x {picture[1]} px"
        expected = f"expected corners on the picture of [camera.{zone.values['camera']}]"
        report.error(zone.path, ("polygon", at), what, expected)


def _scores(camera: Table, report: Report) -> None:
    both = camera.take("begin_score_percent", "keep_score_percent")
    if both and both[1] > both[0]:
        what = f"{both[1]:g} % is above begin_score_percent ({both[0]:g} %)"
        report.error(camera.path, "keep_score_percent", what, "expected at most the score that begins a stay")


def _password(camera: Table, report: Report) -> None:
    source = camera.values.get("source")
    if source and without_secrets(source) != source and report.file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        what = "has a password, and others may read this file"
        report.warning(camera.path, "source", what, f"let only the daemon read it: chmod 600 {report.file}")


def _one_owner_of_a_camera(config: Table, report: Report) -> None:
    first: dict[str, Table] = {}
    for camera in config.tables("camera").values():
        source = str(camera.values.get("source", ""))
        if not source.startswith("/dev/"):
            continue
        other = first.setdefault(str(Path(source).resolve()), camera)
        if other is not camera:
            where = f"[camera.{other.path[1]}] on line {report.line(other.path)}"
            report.error(camera.path, "source", f"{where} has {source} already", "expected one owner of each device")


def _models(config: Table, report: Report) -> None:
    pole = config.values.get("pole")
    place = pole.values.get("models_dir") if isinstance(pole, Table) else None
    if place is None or not config.tables("camera"):
        return
    try:
        known = catalogue(Path(place))
    except ModelError as error:
        report.error(("pole",), "models_dir", str(error))
        return
    for camera in config.tables("camera").values():
        model = camera.values.get("model")
        if model is None:
            continue
        if model not in known:
            report.error(camera.path, "model", f'there is no model "{model}"', one_of(known), nearest(model, known))
        elif not (file := Path(place) / known[model].model.file).exists():
            report.warning(
                camera.path, "model", f"{file} is not there, so the camera will be down", "run: lamppost models fetch"
            )


def check_authorisation(config: Table, report: Report, today: date | None) -> None:
    """The gate of the alert mode: single events need an authorisation, and it must be in force."""
    kerb = config.values.get("kerb")
    both = kerb.take("mode", "authorisation") if isinstance(kerb, Table) else None
    if kerb is None or both is None or both[0] != "alert":
        return
    mode_path, authorisation = kerb.path, both[1]
    if authorisation is None:
        what = '"alert" needs [kerb.authorisation]'
        expected = (
            'expected legal_basis, reference, dpia_reference, controller, valid_until there, or mode = "statistics"'
        )
        report.error(mode_path, "mode", what, expected)
    elif isinstance(authorisation, Table):
        _in_force(authorisation, today or _today(config), report)


def _today(config: Table) -> date:
    pole = config.values.get("pole")
    name = pole.values.get("timezone") if isinstance(pole, Table) else None
    return datetime.now(time_zone(name) if name else None).date()


def _in_force(authorisation: Table, today: date, report: Report) -> None:
    until = authorisation.values.get("valid_until")
    if until is not None and until < today:
        what = f"the authorisation ended on {until}; the kerb camera goes back to statistics"
        report.warning(authorisation.path, "valid_until", what, 'renew it, or set mode = "statistics"')
    if authorisation.values.get("simulated"):
        report.warning(
            authorisation.path, "simulated", "every alert will say that it is simulated", "for demonstrations only"
        )
