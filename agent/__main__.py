"""`python -m agent` is the `lamppost` command."""

import sys

from agent.cli import main

sys.exit(main())
