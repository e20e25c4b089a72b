"""``cognito-async`` and ``python -m cognito_async``: the command line. Requires the extra ``cli``."""

from __future__ import annotations

import sys
from importlib import import_module

_REQUIRED = ("typer", "rich")


def main() -> None:
    """Run the command line, or exit with a message if the extra is not installed."""
    try:
        import_module("rich")  # commands load the rest of it when they use it
        from cognito_async._cli import app  # noqa: PLC0415  typer comes with the extra
    except ModuleNotFoundError as error:
        if error.name not in _REQUIRED:
            raise
        sys.exit(f'The command line needs {error.name}: pip install "cognito-async[cli]"')
    app.main()


if __name__ == "__main__":
    main()
