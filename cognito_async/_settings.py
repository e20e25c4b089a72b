"""Where the values of a client's settings come from; what there is to set, ``config.Config`` says.

Each function is a step: arguments and environment when a client is made, the shared files at its first
call, the environment's proxy when the endpoint is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

import attr

from cognito_async._errors import ConfigurationError
from cognito_async._problems import shown
from cognito_async.config import Config

ARGUMENT = "argument"
"""Origin of a value that the caller gave."""

_NO_LIMIT_IF_NONE = ("connect_timeout", "read_timeout", "timeout")
_FIELDS: tuple[attr.Attribute[Any], ...] = tuple(f for f in attr.fields(Config) if f.name != "sources")


def resolve_config(arguments: Mapping[str, Any], environment: Mapping[str, str]) -> Config:
    """Settle what arguments and environment say; no file is read.

    An argument of None counts as not given, except for a timeout, where it means no limit.

    Raises:
        ConfigurationError: A value cannot be right; names the argument or variable.
    """
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for setting in _FIELDS:
        name, given = setting.name, arguments.get(setting.name)
        if name in arguments and _is_explicit(setting, given):
            values[name] = given if given is None else _checked(setting, given, f"{name}=")
            sources[name] = ARGUMENT
            continue
        if name == "endpoint_url" and _ignores_endpoint_urls(arguments, environment):
            continue
        for variable in setting.metadata["variables"]:
            if environment.get(variable):
                values[name] = _checked(setting, environment[variable], f"{variable}=")
                sources[name] = variable
                break
    return Config(**values, sources=sources)


def _is_explicit(setting: attr.Attribute[Any], given: object) -> bool:
    """Whether an argument was meant: None and what is the default anyway say nothing."""
    if setting.metadata["variables"] or given is None:
        return given is not None or setting.name in _NO_LIMIT_IF_NONE
    return bool(given != setting.default or type(given) is not type(setting.default))


def _ignores_endpoint_urls(arguments: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
    given = arguments.get("ignore_configured_endpoint_urls")
    return given is True or (
        given is None and environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true"
    )


def complete_config(config: Config, profile: Mapping[str, str], environment: Mapping[str, str]) -> Config:
    """Fill in what a profile of the shared files says, and the proxy that the environment names.

    Raises:
        ConfigurationError: A value cannot be right; names the key and the profile.
    """
    values: dict[str, Any] = {}
    sources = dict(config.sources)
    for setting in _FIELDS:
        key = setting.metadata["key"]
        if key in profile and setting.name not in sources:
            source = f"profile {config.profile or 'default'}"
            values[setting.name] = _checked(setting, profile[key], f"{key} in {source}: ")
            sources[setting.name] = source
    ignored = values.get("ignore_configured_endpoint_urls", config.ignore_configured_endpoint_urls)
    if ignored and sources.get("endpoint_url") != ARGUMENT:
        values["endpoint_url"] = None
        sources.pop("endpoint_url", None)
    if config.ca_bundle is None and "ca_bundle" not in values and environment.get("REQUESTS_CA_BUNDLE"):
        values["ca_bundle"] = environment["REQUESTS_CA_BUNDLE"]
        sources["ca_bundle"] = "REQUESTS_CA_BUNDLE"
    return attr.evolve(config, **values, sources=sources)


def with_proxy(config: Config, environment: Mapping[str, str]) -> Config:
    """Fill in the proxy that the environment names for the endpoint, minding ``NO_PROXY``.

    Raises:
        ConfigurationError: There is no endpoint, or the variable holds no URL.
    """
    parts = urlsplit(config.url)
    if config.proxy is not None:
        return config
    proxies = getproxies_environment()
    skipped: bool = proxy_bypass_environment(parts.netloc, proxies)
    proxy = None if skipped else proxies.get(parts.scheme)
    if not proxy:
        return config
    if "://" not in proxy:  # as botocore reads it
        proxy = f"http://{proxy.removeprefix('//')}"
    names = (f"{parts.scheme}_proxy", f"{parts.scheme.upper()}_PROXY")
    source = next((name for name in names if environment.get(name)), "environment")
    proxy = _checked(attr.fields(Config).proxy, proxy, f"{source}=")
    return attr.evolve(config, proxy=proxy, sources={**config.sources, "proxy": source})


def _checked(setting: attr.Attribute[Any], value: Any, origin: str) -> Any:
    try:
        return setting.metadata["check"](value)
    except ValueError as error:
        text = shown(value)
        if "@" in text:  # what stands before it in a URL may be a password
            text = "(not shown, it may hold a password)"
        raise ConfigurationError(f"{origin}{text} is not {error}") from None
