"""Check user code with three type checkers, and the completions that editors show.

``python tests/typing/check.py`` runs mypy, pyright and ty. In ``bad.py`` they must report exactly the marked lines.
In ``good.py``, the examples, the Python blocks of the documentation and the examples of the reference they must
report nothing. Then it requests the completions inside ``client.admin_get_user(`` from pyright's language server,
which editors use.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))  # for the generator

from codegen.reference.examples import example_module  # noqa: E402  needs the path above
from codegen.reference.pages import build  # noqa: E402

BAD = Path(__file__).with_name("bad.py")
GOOD = Path(__file__).with_name("good.py")
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
CHECKERS = {
    "mypy": (sys.executable, "-m", "mypy", "--strict"),
    "pyright": ("pyright",),
    "ty": ("ty", "check", "--output-format", "concise"),
}
CALL = """from cognito_async import CognitoClient, types

async def use(client: CognitoClient) -> None:
    await client.admin_get_user()
    types.Attribut
"""


def marked_lines() -> set[int]:
    """Return the lines of ``bad.py`` that must be reported."""
    lines = BAD.read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith("# error")}


def reported_lines(checker: str) -> set[int]:
    """Return the lines of ``bad.py`` that a type checker reports."""
    output = _run(*CHECKERS[checker], str(BAD)).stdout
    return {int(line) for line in re.findall(r"bad\.py:(\d+)(?::\d+)?(?: -)?:? error", output)}


def python_in_pages() -> Iterator[tuple[str, str]]:
    """Yield a file name and the code of every Python block in README, documentation and reference."""
    for page in PAGES:
        blocks = re.findall(
            r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
        )
        for number, block in enumerate(blocks, 1):
            yield f"{page.stem}_{number}.py".lower().replace("-", "_"), block
    yield "examples_of_operations.py", example_module(build())


def reports_on_good_code(checker: str) -> str:
    """Return what a type checker reports for correct code; empty if it reports nothing."""
    with tempfile.TemporaryDirectory() as folder:
        for name, block in python_in_pages():
            Path(folder, name).write_text(block, encoding="utf-8")
        result = _run(*CHECKERS[checker], str(GOOD), str(ROOT / "docs" / "examples"), folder)
    return result.stdout if result.returncode else ""


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


class LanguageServer:
    """The part of the language server protocol that completions need."""

    def __init__(self) -> None:
        command = ["pyright-langserver", "--stdio"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
        self.last_id = 0
        folder = {"uri": ROOT.as_uri(), "name": "root"}
        self.request(
            "initialize",
            {"processId": None, "rootUri": ROOT.as_uri(), "capabilities": {}, "workspaceFolders": [folder]},
        )
        self.notify("initialized", {})

    def notify(self, method: str, parameters: dict[str, Any]) -> None:
        """Send a notification."""
        self._send({"method": method, "params": parameters})

    def request(self, method: str, parameters: dict[str, Any]) -> Any:
        """Send a request and return its result; meanwhile, respond to requests of the server."""
        self.last_id += 1
        self._send({"id": self.last_id, "method": method, "params": parameters})
        while True:
            message = self._receive()
            if message.get("id") == self.last_id and "method" not in message:
                return message["result"]
            if "id" in message and "method" in message:
                items = message.get("params", {}).get("items", [])
                self._send({"id": message["id"], "result": [None for _ in items]})

    def completions(self, text: str, line: int, column: int) -> set[str]:
        """Return the names offered at a position of a file with this text."""
        uri = (ROOT / "tests" / "typing" / "_completion.py").as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        position = {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}
        response = self.request("textDocument/completion", position)
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        return {item["label"] for item in response["items"]}

    def close(self) -> None:
        """End the server."""
        self.process.kill()
        self.process.communicate()

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        pipe = _pipe(self.process.stdin)
        pipe.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        pipe.flush()

    def _receive(self) -> dict[str, Any]:
        pipe = _pipe(self.process.stdout)
        length = 0
        while line := pipe.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if length == 0:
            raise RuntimeError("the language server ended")
        message: dict[str, Any] = json.loads(pipe.read(length))
        return message


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("no pipe")
    return pipe


def main() -> int:
    """Run every check and print the results."""
    failures = []
    expected = marked_lines()
    blocks = len(list(python_in_pages()))
    for name in CHECKERS:
        reported = reported_lines(name)
        missed, extra = sorted(expected - reported), sorted(reported - expected)
        if missed or extra:
            failures.append(f"{name}: not reported: {missed}, reported without a mark: {extra}")
        else:
            print(f"{name}: reports all {len(expected)} marked lines of bad.py and no other")
        if output := reports_on_good_code(name):
            failures.append(f"{name}: reports correct code\n{output}")
        else:
            print(
                f"{name}: reports nothing in good.py, the examples and {blocks} blocks of documentation and reference"
            )
    server = LanguageServer()
    try:
        lines = CALL.splitlines()
        inside_call = server.completions(CALL, 3, len(lines[3]) - 1)
        after_types = server.completions(CALL, 4, len(lines[4]))
    finally:
        server.close()
    for expected_names, offered in (
        ({"user_pool_id=", "username="}, inside_call),
        ({"AttributeType"}, after_types),
    ):
        if expected_names <= offered:
            print(f"pyright's language server: offers {', '.join(sorted(expected_names))}")
        else:
            failures.append(
                f"language server: offers no {sorted(expected_names - offered)} among {sorted(offered)[:20]}"
            )
    for failure in failures:
        print(failure, file=sys.stderr)
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
