"""The `lamppost` command, also as `python -m agent`. The daemon goes a way of its own, without the other commands."""

import sys

from agent import start


def main() -> int:
    """The exit code of the command in this process's arguments."""
    words = sys.argv[1:]
    config = start.file_of_service(words)
    if config is not None:
        return start.serve(config)
    from agent import cli

    return cli.main(words)


if __name__ == "__main__":
    sys.exit(main())
