"""Profiles of the shared files: found and merged as in botocore; malformed files."""

from __future__ import annotations

import builtins
import copy
import os
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from cognito_async.config._shared_files import read_profile
from cognito_async.errors import ConfigurationError


def write_files(
    tmp_path: Path, config: str | bytes | None, credentials: str | bytes | None = None
) -> dict[str, str]:
    """Write the shared files and return the environment variables that name them."""
    environment = {}
    for variable, content in (("AWS_CONFIG_FILE", config), ("AWS_SHARED_CREDENTIALS_FILE", credentials)):
        path = tmp_path / variable
        if content is not None:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        environment[variable] = str(path)
    return environment


def botocore_profile(name: str | None, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    profile = Session(profile=name).get_scoped_config()
    return {key: value for key, value in profile.items() if isinstance(value, str) and value}


@pytest.mark.parametrize(
    ("name", "config", "credentials"),
    [
        (None, None, None),
        (None, "", ""),
        (None, "[default]\nregion = a\n", None),
        (None, "[profile default]\nregion = a\n", None),
        (None, None, "[default]\nregion = a\n"),
        (None, "[default]\nregion = a\noutput = json\n", "[default]\nregion = b\nx = y\n"),
        ("work", "[profile work]\nregion = a\n", None),
        ("work", '[profile "work"]\nregion = a\n', None),
        ("two words", '[profile "two words"]\nregion = a\n', None),
        ("work", None, "[work]\nregion = a\n"),
        ("work", "[profile work]\nregion = a\n", "[work]\nretry_mode = off\n"),
        ("work", "[profile work]\nregion = a\n[default]\nretry_mode = off\n", None),
        ("work", "[profile work]\ns3 =\n  addressing_style = path\nregion = a\n", None),
        ("work", "[profile work]\nregion =\nretry_mode = off\n", None),
        ("work", "# comment\n[profile work]\n; another\nregion = a\n", None),
        ("work", "[profile work]\nREGION = a\n", None),
        ("work", "[profile work]\nregion: a\n", None),
        ("wörk", "[profile wörk]\nregion = a\n", None),
    ],
)
def test_a_profile_has_the_keys_that_botocore_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str | None, config: str, credentials: str
) -> None:
    environment = write_files(tmp_path, config, credentials)
    assert read_profile(name, environment) == botocore_profile(name, environment, monkeypatch)


def test_nested_sections_are_left_out(tmp_path: Path) -> None:
    environment = write_files(tmp_path, "[default]\ns3 =\n  region = nested\nregion = a\n")
    assert read_profile(None, environment) == {"region": "a"}


@pytest.mark.parametrize(
    "title", ["[work]", "[profilework]", "[profile]", "[preview work]", "[sso-session work]"]
)
def test_a_section_of_another_kind_is_not_a_profile(tmp_path: Path, title: str) -> None:
    environment = write_files(tmp_path, f"{title}\nregion = a\n")
    with pytest.raises(ConfigurationError, match=r"profile .work. is neither in .* nor in"):
        read_profile("work", environment)


def test_a_missing_profile_is_an_error_that_names_both_files(tmp_path: Path) -> None:
    environment = write_files(tmp_path, "[default]\nregion = a\n", None)
    with pytest.raises(ConfigurationError) as caught:
        read_profile("work", environment)
    for path in environment.values():
        assert path in str(caught.value)


def test_the_default_profile_may_be_missing_unless_it_is_named(tmp_path: Path) -> None:
    environment = write_files(tmp_path, "[profile work]\nregion = a\n")
    assert read_profile(None, environment) == {}
    with pytest.raises(ConfigurationError, match="profile 'default'"):
        read_profile("default", environment)


# Service sections


def service(section: str) -> str:
    return (
        f"[default]\nregion = a\nendpoint_url = http://general\nservices = mine\n[services mine]\n{section}"
    )


def test_a_service_section_takes_precedence_over_the_general_key(tmp_path: Path) -> None:
    content = service("cognito_identity_provider =\n  endpoint_url = http://own\n")
    profile = read_profile(None, write_files(tmp_path, content))
    assert (profile["endpoint_url"], profile["region"]) == ("http://own", "a")


@pytest.mark.parametrize(
    "section",
    [
        "",
        "s3 =\n  endpoint_url = http://other\n",
        "cognito_identity_provider = http://flat\n",
        "cognito_identity_provider =\n",
        "cognito_identity_provider =\n  endpoint_url =\n",
        "cognito_idp =\n  endpoint_url = http://other\n",
        "cognito_identity =\n  endpoint_url = http://other\n",
    ],
)
def test_without_an_endpoint_of_the_service_the_general_key_is_used(tmp_path: Path, section: str) -> None:
    assert read_profile(None, write_files(tmp_path, service(section)))["endpoint_url"] == "http://general"


def test_a_service_section_may_be_named_in_the_credentials_file(tmp_path: Path) -> None:
    config = "[services mine]\ncognito_identity_provider =\n  endpoint_url = http://own\n"
    environment = write_files(tmp_path, config, "[default]\nservices = mine\n")
    assert read_profile(None, environment)["endpoint_url"] == "http://own"


@pytest.mark.parametrize("rest", ["", "[services yours]\n", "[profile mine]\n", "[mine]\n"])
def test_a_missing_service_section_is_an_error_that_names_it(tmp_path: Path, rest: str) -> None:
    environment = write_files(tmp_path, f"[default]\nservices = mine\n{rest}")
    with pytest.raises(ConfigurationError, match=r"no section \[services mine\]") as caught:
        read_profile(None, environment)
    assert environment["AWS_CONFIG_FILE"] in str(caught.value)


@pytest.mark.parametrize("file", ["config", "credentials"])
def test_services_with_indented_lines_is_an_error(tmp_path: Path, file: str) -> None:
    content = "[default]\nservices =\n  endpoint_url = http://own\n"
    environment = write_files(tmp_path, **{"config": None, file: content})
    with pytest.raises(
        ConfigurationError, match=r"services in a profile of .* is not a name: write services = NAME"
    ):
        read_profile(None, environment)


# Malformed files


@pytest.mark.parametrize(
    "content",
    [
        b"region = a\n",
        b"[default\nregion = a\n",
        b"[default]\nregion\n",
        b"[default]\n[default]\n",
        b"[default]\nregion = a\nregion = b\n",
        b"[default]\ns3 =\n  hunter2\n",
        b"[default]\nregion = \xff\xfe\n",
        b"\x00\x01\x02",
    ],
)
@pytest.mark.parametrize("file", ["config", "credentials"])
def test_a_malformed_file_is_an_error_that_names_it_and_quotes_nothing(
    tmp_path: Path, content: bytes, file: str
) -> None:
    secret = b"\n[x]\naws_secret_access_key = hunter2\nhunter2\n"
    environment = write_files(tmp_path, **{"config": None, "credentials": None} | {file: content + secret})
    variable = "AWS_CONFIG_FILE" if file == "config" else "AWS_SHARED_CREDENTIALS_FILE"
    with pytest.raises(ConfigurationError, match="cannot be read") as caught:
        read_profile(None, environment)
    assert environment[variable] in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_file_without_read_permission_is_an_error_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = write_files(tmp_path, "[default]\nregion = a\n")

    def deny(file: Any, *args: Any, **options: Any) -> Any:
        if str(file).startswith(str(tmp_path)):
            raise PermissionError(13, "Permission denied", str(file))
        return original(file, *args, **options)

    original = builtins.open
    monkeypatch.setattr(builtins, "open", deny)
    # configparser skips files that it cannot open.
    try:
        profile = read_profile(None, environment)
    except ConfigurationError as error:
        assert environment["AWS_CONFIG_FILE"] in str(error)  # noqa: PT017
    else:
        assert profile == {}


@pytest.mark.parametrize(
    "path", ["/dev/null/config", "/", "x" * 300, "no/such/folder/config", "~no_such_user_here/config"]
)
@pytest.mark.parametrize("variable", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
def test_a_path_that_cannot_be_a_file_counts_as_a_missing_file_as_in_botocore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, variable: str
) -> None:
    environment = write_files(tmp_path, None, None) | {variable: path}
    assert botocore_profile(None, environment, monkeypatch) == {}
    assert read_profile(None, environment) == {}


def test_without_a_home_folder_there_are_no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    pwd = pytest.importorskip("pwd")

    def unknown(uid: int) -> Any:
        raise KeyError(uid)

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)  # a container that runs as any user
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(variable)
    assert Session().get_scoped_config() == {}
    assert read_profile(None, {}) == {}


# Paths


def test_without_variables_the_files_are_those_in_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".aws"
    folder.mkdir()
    (folder / "config").write_text("[default]\nregion = a\n")
    (folder / "credentials").write_text("[default]\nretry_mode = off\n")
    assert read_profile(None, {}) == {"region": "a", "retry_mode": "off"}
    assert read_profile(None, {"AWS_CONFIG_FILE": "", "AWS_SHARED_CREDENTIALS_FILE": ""}) == {
        "region": "a",
        "retry_mode": "off",
    }


@pytest.mark.parametrize("path", ["~/my-config", "$HOME/my-config", "${HOME}/my-config"])
def test_the_home_folder_in_a_path_is_expanded_as_in_botocore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "my-config").write_text("[default]\nregion = a\n")
    environment = write_files(tmp_path, None, None) | {"AWS_CONFIG_FILE": path}
    assert botocore_profile(None, environment, monkeypatch) == {"region": "a"}
    assert read_profile(None, environment) == {"region": "a"}


def test_the_environment_is_not_changed(tmp_path: Path) -> None:
    environment = write_files(tmp_path, "[default]\nregion = a\n")
    before = copy.deepcopy(environment)
    process = dict(os.environ)
    read_profile(None, environment)
    assert environment == before
    assert dict(os.environ) == process
