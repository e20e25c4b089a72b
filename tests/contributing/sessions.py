"""The sessions of noxfile.py, by their docstrings; run as a script, it writes the table in docs/development.md."""

from __future__ import annotations

import ast
import re

from attrs import frozen
from module_groups import ROOT
from tables import table

NOXFILE = ROOT / "noxfile.py"
PAGE = ROOT / "docs" / "development.md"
COMMAND = "PYTHONPATH=tests python tests/contributing/sessions.py"
START, END = f"<!-- Written by `{COMMAND}`, down to the end mark. -->", "<!-- End of what is written. -->"
COLUMNS = ("Session", "What it does", "Takes")

TIMES = {
    "tests": "as `lowest_deps`, for each Python",
    "lint": "a second",
    "types": "20 seconds",
    "generate": "2 seconds",
    "generated": "2 seconds",
    "docs": "half a minute",
    "bench_micro": "10 seconds",
    "demo": "3 seconds",
    "compare_faults": "3 minutes",
}
"""How long those sessions take whose docstrings do not say it."""


@frozen
class Session:
    """A session of nox."""

    name: str
    purpose: str
    takes: str


def read_sessions(source: str) -> list[Session]:
    """The sessions in their order.

    Raises:
        ValueError: How long one takes is said twice, or not at all.
    """
    found = []
    for function in ast.parse(source).body:
        if isinstance(function, ast.FunctionDef) and any(map(_makes_session, function.decorator_list)):
            doc = ast.get_docstring(function) or ""
            # The last part of a docstring says it: "; takes a minute." or ". Takes a minute."
            purpose, takes = re.fullmatch(r"(.*?)(?:[;.] [tT]akes (.*))?\.", doc).groups()
            if (takes is None) is (function.name not in TIMES):
                raise ValueError(
                    f"tests/contributing/sessions.py: {function.name} needs one of TIMES and `takes ...` in its docstring"
                )
            found.append(Session(function.name, purpose, takes or TIMES[function.name]))
    if gone := TIMES.keys() - {session.name for session in found}:
        raise ValueError(f"tests/contributing/sessions.py: no session is called {', '.join(sorted(gone))}")
    return found


def _makes_session(decorator: ast.expr) -> bool:
    return ast.unparse(decorator).partition("(")[0] == "nox.session"


def page(text: str, sessions: list[Session]) -> str:
    """The text of the page with the table of sessions as it is now."""
    rows = [COLUMNS]
    for session in sessions:
        purpose = session.purpose.replace("``", "`")
        rows.append((f"`{session.name}`", f"{purpose}.", session.takes))
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{table(rows)}\n\n{END}{after}"


def main() -> None:
    """Write the table."""
    sessions = read_sessions(NOXFILE.read_text(encoding="utf-8"))
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), sessions), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(sessions)} sessions")


if __name__ == "__main__":
    main()
