"""Reads the shared files of the AWS tools, ``~/.aws/config`` and ``~/.aws/credentials``. Blocks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

from cognito_async._errors import ConfigurationError
from cognito_async._thread_switches import frequent_thread_switches

_SERVICE = "cognito_identity_provider"


def read_profile(
    name: str | None, environment: Mapping[str, str], *, endpoint_url: str | None = None
) -> dict[str, str]:
    """Return the keys of a profile; those of its service section take precedence over the general ones.

    Blocks, and imports botocore if there is a file to parse. As in botocore, a service section that is
    missing or malformed is no error if it cannot set the endpoint: ``endpoint_url`` is set already, or
    endpoint URLs of the shared files are ignored.

    Raises:
        ConfigurationError: The named profile does not exist, or a file cannot be parsed.
    """
    config_path = _path(environment.get("AWS_CONFIG_FILE") or "~/.aws/config")
    credentials_path = _path(environment.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials")
    config = _parse(config_path, "load_config")
    profiles: dict[str, Any] = config.get("profiles", {})
    sections = _parse(credentials_path, "raw_config_parse")  # every section is a profile
    if name is not None and name not in profiles and name not in sections:
        available = ", ".join(sorted({*profiles, *sections})) or "none"
        raise ConfigurationError(
            f"profile {name!r} is neither in {config_path} nor in {credentials_path}: name another with "
            f"profile=... or AWS_PROFILE; available: {available}"
        )
    merged = {**profiles.get(name or "default", {}), **sections.get(name or "default", {})}
    try:
        service = _service_section(merged, config, config_path)
    except ConfigurationError:
        if endpoint_url is None and not _ignores_endpoint_urls(merged, environment):
            raise
        service = {}
    texts = (*merged.items(), *service.items())
    return {key: value for key, value in texts if isinstance(value, str) and value}


def _service_section(profile: Mapping[str, Any], config: Mapping[str, Any], path: str) -> dict[str, Any]:
    name = profile.get("services")
    if name is None:
        return {}
    if not isinstance(name, str):  # indented lines below it turn it into a dict
        raise ConfigurationError(
            f"services in a profile of {path} is not a name: write services = NAME, and the settings of "
            "services into a section [services NAME]"
        )
    sections = config.get("services", {})
    if name not in sections:
        raise ConfigurationError(
            f"{path} has no section [services {name}], which the profile names: add the section, or remove "
            "services from the profile"
        )
    section = sections[name].get(_SERVICE, {})
    return dict(section) if isinstance(section, Mapping) else {}


def _ignores_endpoint_urls(profile: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
    text = environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").strip()
    return str(text or profile.get("ignore_configured_endpoint_urls")).strip().lower() == "true"


def _path(text: str) -> str:
    return os.path.expanduser(os.path.expandvars(text))  # noqa: PTH111  pathlib raises if there is no home


def _parse(path: str, parser: Literal["load_config", "raw_config_parse"]) -> dict[str, Any]:
    if not os.path.isfile(path):  # noqa: PTH113  pathlib raises for names that are too long
        return {}
    with frequent_thread_switches():
        from botocore import configloader  # noqa: PLC0415  20 ms, rarely needed
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    try:
        parsed: dict[str, Any] = getattr(configloader, parser)(path)
    except (BotoCoreError, OSError, ValueError) as error:
        raise ConfigurationError(
            f"{path} cannot be read ({type(error).__name__}): fix it, or name another file with "
            "AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE"
        ) from None
    return parsed
