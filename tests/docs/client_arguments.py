"""Writes the arguments of ``CognitoClient`` that are settings: ``Config`` describes them, its docstring repeats it."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from cognito_async._cli.options import setting_docs

CLIENT = Path(__file__).parent.parent.parent / "cognito_async" / "client.py"
WIDTH = 110
ENTRY = re.compile(r"^ {8}(\w+): .*\n(?: {12}.*\n)*", re.MULTILINE)


def with_arguments(source: str, docs: dict[str, str]) -> str:
    """Return the source of the client with the current description of each setting."""

    def described(entry: re.Match[str]) -> str:
        name = entry[1]
        if name not in docs:
            return entry[0]
        lines = textwrap.wrap(
            f"{name}: {docs[name]}",
            WIDTH,
            initial_indent=" " * 8,
            subsequent_indent=" " * 12,
            break_long_words=False,
            break_on_hyphens=False,
        )
        return "\n".join(lines) + "\n"

    start = source.index("    Args:\n")
    end = source.index("    Raises:\n", start)
    return source[:start] + ENTRY.sub(described, source[start:end]) + source[end:]


def main() -> None:
    source = CLIENT.read_text(encoding="utf-8")
    CLIENT.write_text(with_arguments(source, setting_docs()), encoding="utf-8")
    print(f"cognito_async/client.py: {len(setting_docs())} settings")


if __name__ == "__main__":
    main()
