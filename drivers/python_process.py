"""How a process of this program's own code is started: nothing that lies in somebody's folder is taken for it."""

import sys


def command(module: str, *arguments: str, python: str = sys.executable) -> tuple[str, ...]:
    """Returns the command line that runs `module` with the interpreter of this process.

    Without `-I` Python looks for modules in the working folder first, or in another that PYTHONPATH names, and root
    would run the `drivers/` that somebody has left there. Byte code is not written: the folders of the code are not
    this user's.
    """
    return python, "-I", "-B", "-m", module, *arguments
