"""Prints what to try after the demo: ``python tests/emulators/next_steps.py NAME``, without the example NAME."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

COMMAND = "python -m nox -s demo"
EXAMPLES = {
    "quickstart": "pool, users, groups, sign-in",
    "bulk": "20,000 users to another pool",
    "sign_in chloe": "sign in, with a code by SMS",
    "groups members testers": "the members of a group",
    "error_handling user-001": "errors and what to do then",
}
"""Examples with their arguments, and what they show."""

PAGES = {
    "docs/quickstart.md": "the same calls, step by step",
    "docs/examples.md": "all examples, also on AWS",
}


def next_steps(done: str) -> Table:
    """Return a table of commands and pages; descriptions wrap between words."""
    steps = Table.grid(padding=(0, 2))
    steps.add_column(no_wrap=True, style="cyan")
    steps.add_column()
    for example, shows in EXAMPLES.items():
        if example.split()[0] != done:
            arguments = "" if example == "quickstart" else f" -- {example}"
            steps.add_row(f"  {COMMAND}{arguments}", Text(shows))
    for page, shows in PAGES.items():
        steps.add_row(f"  {page}", Text(shows))
    return steps


def main(console: Console, done: str) -> None:
    """Print the table with its heading."""
    console.print("\n[bold]Try next:")
    console.print(next_steps(done))


if __name__ == "__main__":
    main(Console(highlight=False), *sys.argv[1:])
