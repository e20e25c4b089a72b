"""The name of the program, as it was started."""

from __future__ import annotations

import sys
from pathlib import PurePath

AS_MODULE = "python -m cognito_async"
SCRIPT = "cognito-async"


def program_name() -> str:
    """Return the script's name if it was started by that, else the command that runs the module."""
    return SCRIPT if PurePath(sys.argv[0]).stem == SCRIPT else AS_MODULE
