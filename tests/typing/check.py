"""Hold the type checkers to ``bad.py``, and the editor to what it offers inside a call.

``python tests/typing/check.py`` runs mypy and pyright on ``bad.py`` and compares the reported lines with the
marked ones; then it asks pyright's language server, which is what editors ask, for the completions inside
``client.admin_get_user(``.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

BAD = Path(__file__).with_name("bad.py")
ROOT = Path(__file__).parent.parent.parent
CALL = """from cognito_async import CognitoClient, types

async def use(client: CognitoClient) -> None:
    await client.admin_get_user()
    types.Attribut
"""


def marked_lines() -> set[int]:
    """Lines of ``bad.py`` that have to be reported."""
    lines = BAD.read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith("# error")}


def mypy_lines() -> set[int]:
    """Lines that mypy reports."""
    output = _run(sys.executable, "-m", "mypy", "--no-error-summary", str(BAD))
    return {int(line) for line in re.findall(r"bad\.py:(\d+): error:", output)}


def pyright_lines() -> set[int]:
    """Lines that pyright reports."""
    report = json.loads(_run("pyright", "--outputjson", str(BAD)))
    found = report["generalDiagnostics"]
    return {item["range"]["start"]["line"] + 1 for item in found if item["severity"] == "error"}


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT).stdout


class LanguageServer:
    """As much of the language server protocol as it takes to ask for completions."""

    def __init__(self) -> None:
        command = ["pyright-langserver", "--stdio"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
        self.last_id = 0
        folder = {"uri": ROOT.as_uri(), "name": "root"}
        self.ask(
            "initialize",
            {"processId": None, "rootUri": ROOT.as_uri(), "capabilities": {}, "workspaceFolders": [folder]},
        )
        self.tell("initialized", {})

    def tell(self, method: str, parameters: dict[str, Any]) -> None:
        """Send a notification."""
        self._send({"method": method, "params": parameters})

    def ask(self, method: str, parameters: dict[str, Any]) -> Any:
        """Send a request and return its result; answer what the server asks meanwhile."""
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
        """Names offered at a place of a file with this text."""
        uri = (ROOT / "tests" / "typing" / "_completion.py").as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}
        answer = self.ask("textDocument/completion", place)
        self.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        return {item["label"] for item in answer["items"]}

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
    """Run every check and print its outcome."""
    failures = []
    expected = marked_lines()
    for name, reported in (("mypy", mypy_lines()), ("pyright", pyright_lines())):
        missed, extra = sorted(expected - reported), sorted(reported - expected)
        if missed or extra:
            failures.append(f"{name}: not reported: {missed}, reported without a mark: {extra}")
        else:
            print(f"{name}: reports all {len(expected)} marked lines of bad.py and no other")
    server = LanguageServer()
    try:
        lines = CALL.splitlines()
        inside_call = server.completions(CALL, 3, len(lines[3]) - 1)
        after_types = server.completions(CALL, 4, len(lines[4]))
    finally:
        server.close()
    for wanted, offered in (
        ({"user_pool_id=", "username="}, inside_call),
        ({"AttributeType"}, after_types),
    ):
        if wanted <= offered:
            print(f"pyright's language server: offers {', '.join(sorted(wanted))}")
        else:
            failures.append(
                f"language server: offers no {sorted(wanted - offered)} among {sorted(offered)[:20]}"
            )
    for failure in failures:
        print(failure, file=sys.stderr)
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
