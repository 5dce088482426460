"""What a technician reads of documents, of the daemon and beside it."""

import asyncio
from datetime import timedelta
from typing import Any

from agent.cli import check
from agent.documents.words import words

HOUR = timedelta(hours=1)


def section(pole: Any) -> list[str]:
    """Documents in the table of `lamppost check`; its clock is that of this box, not where the test is in time."""
    lines = check.table(pole.loaded(), ()).partition("DOCUMENTS\n")[2].partition("\n\n")[0]
    return [" ".join(line.split()) for line in lines.splitlines()]


async def some(pole: Any) -> None:
    await pole.close("c1", valid_until=pole.now_utc + 3 * HOUR)
    await pole.set("c2", valid_from=pole.now_utc + HOUR)
    await pole.set("c3", name="all", content={"level_percent": 5})


def test_each_is_one_line(pole: Any) -> None:
    async def main() -> None:
        async with pole.on():
            await some(pole)
            assert [words(row) for row in pole.documents.rows()] == [
                "closure/works  revision 1, in force until 2027-01-15T23:00:00.000Z",
                "lighting-exception/all  revision 1, in force until 2027-01-15T23:00:00.000Z",
                "lighting-exception/fair  revision 1, begins 2027-01-15T21:00:00.000Z, until 2027-01-15T23:00:00.000Z",
            ]
            assert [row["name"] for row in pole.documents.rows("closure")] == ["works"]

    asyncio.run(main())


def test_check_lists_them_beside_a_daemon_that_runs_by_the_file_that_it_checks(pole: Any) -> None:
    async def main() -> None:
        async with pole.on():
            await some(pole)
            assert section(pole)[0].startswith("closure/works revision 1, in force until 2027-01-15T23:00")
            pole.config = pole.config.replace("bay.bay-1", "bay.bay-3")
            assert section(pole)[0].startswith(
                "closure/works revision 1, REFUSED: [closure.works] bays entry 1: there is no"
            )

    asyncio.run(main())
    assert section(pole)[0].startswith("closure/works revision 1, REFUSED")


def test_check_says_nothing_where_there_is_no_store_and_why_where_it_cannot_be_read(pole: Any) -> None:
    assert section(pole) == []
    (pole.folder / "x.db").write_text("no store")
    assert " ".join(section(pole)).startswith(f"store {pole.folder}/x.db: it is no store")
