"""``python -m cognito_async``: the command line, for which the extra ``cli`` has to be installed."""

from __future__ import annotations

import sys

_NEEDED = ("typer", "rich")


def main() -> None:
    """Run the command line, or say what it needs."""
    try:
        from cognito_async import _cli  # noqa: PLC0415  typer is there with the extra only
    except ModuleNotFoundError as error:
        if error.name not in _NEEDED:
            raise
        sys.exit(f'The command line needs {error.name}: pip install "cognito-async[cli]"')
    _cli.main()


if __name__ == "__main__":
    main()
