"""The README: its programs run, its numbers are those of the code and of the page about performance."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from docs.guide_examples import create_resources
from docs.guide_tables import ROOT, page

from cognito_async import tokens
from cognito_async.config import Config
from cognito_async.operations import METHODS
from cognito_async.sign_in import SignedIn
from cognito_async.testing import FakeUserPool

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
PASSWORD = "Correct-Horse-7"


def program(number: int) -> Any:
    """Return ``main`` of a program, without the line that runs it."""
    names: dict[str, Any] = {"__name__": "readme"}
    exec(
        compile(
            re.sub(r"^asyncio\.run\(.*\n", "", PROGRAMS[number], flags=re.MULTILINE), "README.md", "exec"
        ),
        names,
    )
    return names["main"]


def rows() -> dict[str, list[str]]:
    """Return the cells of the comparison by the first one."""
    lines = [line for line in README.splitlines() if line.startswith("|")]
    assert len({len(line) for line in lines}) == 1, "not aligned in the source"
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {name: rest for name, *rest in cells}


def test_there_are_three_programs() -> None:
    assert len(PROGRAMS) == 3


@pytest.mark.usefixtures("moto")
def test_users_are_created_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    pool_id = asyncio.run(create_resources(with_user=False)).pool_id
    asyncio.run(program(0)(pool_id))
    asyncio.run(program(0)(pool_id))
    assert capsys.readouterr().out.splitlines() == [
        "ana True ana@example.com",
        "ana exists already",
        "ana True ana@example.com",
    ]


def fake_pool() -> FakeUserPool:
    pool = FakeUserPool(mfa="optional", alias_attributes=["email"])
    pool.add_user("ana", PASSWORD, email="ana@example.com", groups=["admins"], mfa=["totp"])
    return pool


async def test_a_user_signs_in_with_a_second_factor(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = fake_pool()
    with pool.serve() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        await program(1)(pool.pool_id, pool.client_id, PASSWORD, pool.user("ana").totp_code())
    assert capsys.readouterr().out == "ana ana@example.com\n"


async def test_a_step_that_the_program_does_not_take_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = FakeUserPool()
    pool.add_user("ana", PASSWORD, status="FORCE_CHANGE_PASSWORD")  # as the first program creates it
    with pool.serve() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        await program(1)(pool.pool_id, pool.client_id, PASSWORD, "")
    assert capsys.readouterr().out == "next step: NewPasswordRequired\n"


def test_the_programs_are_of_one_user_who_gets_no_message() -> None:
    assert set(re.findall(r'(?:username=|sign_in\()"([^"]+)"', "".join(PROGRAMS))) == {"ana"}
    assert 'message_action="SUPPRESS"' in PROGRAMS[0]


def test_a_program_that_nothing_runs_is_called_a_function() -> None:
    before = [part.rstrip().rpartition("\n\n")[2] for part in README.split("```python\n")[:-1]]
    for text, code in zip(before, PROGRAMS, strict=True):
        assert ("asyncio.run(" in code) != text.startswith("A function that ")


async def test_a_token_is_verified(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = FakeUserPool({"ana": PASSWORD})
    session = await pool.app().sign_in("ana", PASSWORD)
    assert isinstance(session, SignedIn)
    monkeypatch.setattr(tokens, "TokenVerifier", lambda *_, **__: pool.verifier())
    await program(2)(pool.pool_id, pool.client_id, await session.access_token())
    pool.user("ana").groups.append("admins")
    await program(2)(pool.pool_id, pool.client_id, await (await signed_in(pool)).access_token())
    refused, accepted = capsys.readouterr().out.splitlines()
    assert refused.startswith("refused: ")
    assert accepted.startswith("ana 20")


async def signed_in(pool: FakeUserPool) -> SignedIn:
    session = await pool.app().sign_in("ana", PASSWORD)
    assert isinstance(session, SignedIn)
    return session


# Numbers and the comparison


def test_the_number_of_operations_is_that_of_the_client() -> None:
    assert f"All {sum(map(len, METHODS.values()))} operations" in README


def test_the_number_of_attempts_is_the_default() -> None:
    assert rows()["Throttling, by default"][0].startswith(f"{Config().max_attempts} attempts")


def test_the_figures_are_those_of_the_page_about_performance() -> None:
    measured = re.findall(
        r"^\| AdminGetUser +\| +32 \|.*?([\d.]+)x \|.*?([\d.]+)x \|.*?([\d.]+)x \|$",
        page("performance"),
        re.MULTILINE,
    )[0]
    figures = [
        float(re.findall(r"[\d.]+", cell)[0]) for cell in rows()["CPU of a small call"] if "bare" in cell
    ]
    ours, aiobotocore, boto3 = map(float, measured)
    assert figures == pytest.approx([ours, boto3, aiobotocore], rel=0.1)


@pytest.mark.parametrize(
    "name", ["Sign-in", "Tokens in your API", "Managed login, M2M", "Limits", "Bulk jobs"]
)
def test_a_row_links_to_its_page(name: str) -> None:
    assert re.search(r"\]\(docs/[\w-]+\.md\)", rows()[name][0])


def test_every_link_to_a_file_exists() -> None:
    links = re.findall(r"\]\((?!https:)([^)#]+)", README)
    assert len(links) > 20
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_there_are_no_badges() -> None:
    assert "![" not in README
