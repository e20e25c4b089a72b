"""Check user code with three type checkers, and the completions that editors show.

``python tests/typing/check.py`` runs mypy, pyright and ty. In ``bad.py`` they must report exactly the marked lines.
In ``good.py``, the examples, the Python blocks of the documentation and the examples of the reference they must
report nothing. Then it requests completions and the texts of names from pyright's language server, which editors use.
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
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
CHECKERS = {
    "mypy": (sys.executable, "-m", "mypy", "--strict"),
    "pyright": ("pyright",),
    "ty": ("ty", "check", "--output-format", "concise"),
}
PROGRAM = """from cognito_async import CognitoClient, types

async def use(client: CognitoClient, started: types.InitiateAuthResponse) -> None:
    {}
"""
# A place in the program, marked with a bar; names that must be offered, and whether they are all of them.
COMPLETIONS = [
    ("await client.admin_get_user(|)", {"user_pool_id=", "username="}, False),
    ("types.Attribut|", {"AttributeType"}, False),
    (
        'await client.initiate_auth(client_id="c", auth_flow="USER_SRP_AUTH", auth_parameters={"|"})',
        {'"USERNAME"', '"SRP_A"', '"SECRET_HASH"', '"DEVICE_KEY"'},
        True,
    ),
    (
        (
            'await client.admin_initiate_auth(user_pool_id="p", client_id="c", auth_flow="USER_PASSWORD_AUTH", '
            'auth_parameters={"USERNAME": "ana", "|"})'
        ),
        {'"PASSWORD"', '"SECRET_HASH"', '"DEVICE_KEY"'},
        True,
    ),
    (
        (
            'await client.respond_to_auth_challenge(client_id="c", challenge_name="SMS_MFA", '
            'challenge_responses={"|"})'
        ),
        {'"USERNAME"', '"SMS_MFA_CODE"', '"SECRET_HASH"', '"DEVICE_KEY"'},
        True,
    ),
    (
        (
            'await client.create_identity_provider(user_pool_id="p", provider_name="n", '
            'provider_type="SignInWithApple", provider_details={"|"})'
        ),
        {'"client_id"', '"team_id"', '"key_id"', '"private_key"', '"authorize_scopes"'},
        True,
    ),
    (
        'await client.update_identity_provider(user_pool_id="p", provider_name="n", provider_details={"|"})',
        {'"oidc_issuer"', '"MetadataURL"', '"team_id"'},
        False,
    ),
    (
        'types.InitiateAuthRequest(client_id="c", auth_flow="USER_AUTH", auth_parameters={"|"})',
        {'"PREFERRED_CHALLENGE"', '"REFRESH_TOKEN"'},
        False,
    ),
    ('assert started.challenge_parameters; started.challenge_parameters["|"]', {'"SRP_B"'}, False),
    ('await client.initiate_auth(client_id="c", auth_flow="|")', {'"USER_AUTH"', '"CUSTOM_AUTH"'}, False),
]
# Objects whose private names must not be offered.
SHAPES = [
    "types.UserType(username='ana').|",
    "types.AdminGetUserRequest(user_pool_id='p', username='ana').|",
    "(await client.admin_get_user(user_pool_id='p', username='ana')).|",
    "started.|",
    "types.AttributeType.|",
]
# The same for a name that is pointed at: words of the text that is shown.
HOVERS = [
    (
        'await client.initiate_au|th(client_id="c", auth_flow="USER_SRP_AUTH", auth_parameters={})',
        {"auth_parameters: SrpAuthParameters", "- ``USER_SRP_AUTH``: ``USERNAME``, ``SRP_A``", "Raises:"},
    ),
    (
        (
            'await client.initiate_auth(client_id="c", auth_flow="USER_SRP_AUTH", '
            'auth_parameters={"USERNAME": "ana", "SRP|_A": "a"})'
        ),
        {"(key) SRP_A: str", "Public value A of the SRP exchange"},
    ),
    (
        (
            'await client.create_identity_pro|vider(user_pool_id="p", provider_name="n", provider_type="OIDC", '
            "provider_details={})"
        ),
        {"provider_details: OIDCProviderDetails", "- ``SAML``: optional ``MetadataURL``"},
    ),
]


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

    def completions(self, marked: str) -> set[str]:
        """Return the names offered at the bar in a line of the program."""
        return {item["label"] for item in self._ask("completion", marked)["items"]}

    def hover(self, marked: str) -> str:
        """Return the text that is shown for the name at the bar in a line of the program."""
        response = self._ask("hover", marked)
        return str(response["contents"]["value"]) if response else ""

    def _ask(self, method: str, marked: str) -> Any:
        before, _, after = PROGRAM.format(marked).partition("|")
        uri = (ROOT / "tests" / "typing" / "_completion.py").as_uri()
        # Programs have "|" elsewhere only after the bar.
        document = {"uri": uri, "languageId": "python", "version": 1, "text": before + after}
        self.notify("textDocument/didOpen", {"textDocument": document})
        place = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        response = self.request(f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": place})
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        return response

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


def wrong_completions(server: LanguageServer) -> Iterator[str]:
    """Yield where the language server offers or shows something else than it must."""
    for marked, expected, complete in COMPLETIONS:
        offered = server.completions(marked)
        if missing := expected - offered:
            yield f"language server: {marked}: offers no {sorted(missing)} among {sorted(offered)[:20]}"
        if complete and (extra := offered - expected):
            yield f"language server: {marked}: also offers {sorted(extra)}"
    for marked in SHAPES:
        offered = server.completions(marked)
        if private := {name for name in offered if name.startswith("_") and not name.startswith("__")}:
            yield f"language server: {marked}: offers {sorted(private)}"
        if "to_wire" not in offered:
            yield f"language server: {marked}: offers no to_wire among {sorted(offered)[:20]}"
    for marked, words in HOVERS:
        shown = server.hover(marked)
        if missing := {each for each in words if each not in shown}:
            yield f"language server: {marked}: shows no {sorted(missing)} in:\n{shown}"
    print(
        f"pyright's language server: {len(COMPLETIONS)} completions, {len(SHAPES)} lists of members "
        f"and {len(HOVERS)} texts checked"
    )


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
        failures += wrong_completions(server)
    finally:
        server.close()
    for failure in failures:
        print(failure, file=sys.stderr)
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
