"""A pole with a lamp that a zone lights and a bay that it sees, as tests of what may be told of them begin with."""

from pole_file import LOADING_ZONE, bay_tables, lamp_table, line_table, pole_1

from agent.assembly import Components
from drivers.base import Reading

PROGRAM = """[program.path]
on = "00:02"
off = "00:01"
level_percent = 20
presence = [{ by = ["kerb-side", "bay-1"], hold = "1min" }]
"""
COUNTS = "[kerb]\n"


def text(kerb: str) -> str:
    bay = bay_tables(1, 'also = ["kerb-side"]', 'rule = "short"')
    rule = '[rule.short]\ncategory = "general"\nlimit = "10min"\n'
    lamp = lamp_table(1, 'program = "path"')
    zone = LOADING_ZONE.replace("category", 'limit = "2min"\ncategory')
    return pole_1() + line_table() + lamp + bay + rule + zone + kerb + PROGRAM


async def emit(components: Components, reading: Reading) -> None:
    for listen in components.listeners[reading.device]:
        await listen(reading)


async def ask_all(components: Components) -> None:
    for runner in list(components.runners):
        await runner.ask()
