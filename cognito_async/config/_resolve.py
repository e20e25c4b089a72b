"""Resolves settings: arguments and environment when a client is created, shared files at its first call."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

import attr

from cognito_async._errors import ConfigurationError
from cognito_async._messages import safe_repr
from cognito_async.config import Config
from cognito_async.config._config import ARGUMENT
from cognito_async.config._validators import is_fips_region, without_fips

__all__ = ["ARGUMENT", "complete_config", "environment_proxy", "resolve_config", "with_proxy"]

_log = logging.getLogger("cognito_async")
_NO_LIMIT_IF_NONE = ("connect_timeout", "read_timeout", "timeout")
_FIELDS: tuple[attr.Attribute[Any], ...] = tuple(f for f in attr.fields(Config) if f.name != "sources")


def resolve_config(arguments: Mapping[str, Any], environment: Mapping[str, str]) -> Config:
    """Return the settings from arguments and environment, without reading a file.

    None counts as not passed, except for a timeout, where it means no limit.

    Raises:
        ConfigurationError: A value is invalid; names the argument or variable.
    """
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for setting in _FIELDS:
        name, argument = setting.name, arguments.get(setting.name)
        if name in arguments and _is_explicit(setting, argument):
            values[name] = argument if argument is None else _validated(setting, argument, f"{name}=")
            sources[name] = ARGUMENT
            continue
        if name == "endpoint_url" and _ignores_endpoint_urls(arguments, environment):
            continue
        for variable in setting.metadata["variables"]:
            text = environment.get(variable, "")
            if _is_set(setting, text):
                values[name] = _read(setting, text, f"{variable}=")
                sources[name] = variable
                break
    _resolve_fips_region(values, sources, use_fips=values.get("use_fips", False))
    return Config(**values, sources=sources)


def _is_explicit(setting: attr.Attribute[Any], argument: object) -> bool:
    """Return whether an argument was passed on purpose: None and the default value do not count."""
    if setting.metadata["variables"] or argument is None:
        return argument is not None or setting.name in _NO_LIMIT_IF_NONE
    return bool(argument != setting.default or type(argument) is not type(setting.default))


def _ignores_endpoint_urls(arguments: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
    argument = arguments.get("ignore_configured_endpoint_urls")
    return argument is True or (
        argument is None
        and environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").strip().lower() == "true"
    )


def complete_config(config: Config, profile: Mapping[str, str], environment: Mapping[str, str]) -> Config:
    """Return the settings completed from a profile of the shared files.

    Raises:
        ConfigurationError: A value is invalid; names the key and the profile.
    """
    values: dict[str, Any] = {}
    sources = dict(config.sources)
    for setting in _FIELDS:
        key = setting.metadata["key"]
        if key in profile and setting.name not in sources and _is_set(setting, profile[key]):
            source = f"profile {config.profile or 'default'}"
            values[setting.name] = _read(setting, profile[key], f"{key} in {source}: ")
            sources[setting.name] = source
    ignored = values.get("ignore_configured_endpoint_urls", config.ignore_configured_endpoint_urls)
    if ignored and sources.get("endpoint_url") != ARGUMENT:
        values["endpoint_url"] = None
        sources.pop("endpoint_url", None)
    requests_bundle = environment.get("REQUESTS_CA_BUNDLE", "")
    if config.ca_bundle is None and "ca_bundle" not in values and requests_bundle.strip():
        values["ca_bundle"] = requests_bundle
        sources["ca_bundle"] = "REQUESTS_CA_BUNDLE"
    _resolve_fips_region(values, sources, use_fips=values.get("use_fips", config.use_fips))
    return _without_ignored_flags(attr.evolve(config, **values, sources=sources))


def _resolve_fips_region(values: dict[str, Any], sources: dict[str, str], *, use_fips: bool) -> None:
    """Replace a pseudo-region such as ``fips-us-east-1`` by its region and ``use_fips``, as botocore does.

    The origin of ``use_fips`` is then the pseudo-region, not an argument, so that it does not exclude an
    ``endpoint_url``.
    """
    region = values.get("region")
    if region is not None and is_fips_region(region):
        values["region"] = without_fips(region)
        values["use_fips"] = True
        if not use_fips:
            sources["use_fips"] = f"region {region}"


def _without_ignored_flags(config: Config) -> Config:
    """Return the settings without flags of the environment that do not go with their ``endpoint_url``."""
    ignored = config.ignored_endpoint_flags
    for name in ignored:
        _log.warning("%s from %s is ignored, because endpoint_url is set", name, config.sources[name])
    values: dict[str, Any] = dict.fromkeys(ignored, False)
    sources = {name: source for name, source in config.sources.items() if name not in ignored}
    return attr.evolve(config, **values, sources=sources)


def with_proxy(config: Config, environment: Mapping[str, str]) -> Config:
    """Return the settings completed with the proxy that the environment names for the endpoint.

    Raises:
        ConfigurationError: There is no endpoint, or the variable is not a URL.
    """
    url = config.url
    from_variable = environment_proxy(url, environment) if config.proxy is None else None
    if from_variable is None:
        return config
    proxy, source = from_variable
    return attr.evolve(config, proxy=proxy, sources={**config.sources, "proxy": source})


def environment_proxy(url: str, environment: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the proxy for a URL and the variable that names it; None for no proxy or with ``NO_PROXY``.

    Raises:
        ConfigurationError: The variable is not a URL.
    """
    parts = urlsplit(url)
    proxies = getproxies_environment()
    bypassed: bool = proxy_bypass_environment(parts.netloc, proxies)
    proxy = "" if bypassed else proxies.get(parts.scheme, "").strip()
    if not proxy:
        return None
    if "://" not in proxy:  # as botocore reads it
        proxy = f"http://{proxy.removeprefix('//')}"
    names = (f"{parts.scheme}_proxy", f"{parts.scheme.upper()}_PROXY")
    source = next((name for name in names if environment.get(name)), "environment")
    return _validated(attr.fields(Config).proxy, proxy, f"{source}="), source


def _is_set(setting: attr.Attribute[Any], text: str) -> bool:
    """Return whether a variable or key counts: empty text never does, nor blank text for what only tunes."""
    return bool(text if setting.metadata["reader"] is None else text.strip())


def _read(setting: attr.Attribute[Any], text: str, origin: str) -> Any:
    """Return the value of a variable or key; the default, with a warning, if it only tunes and is invalid.

    Raises:
        ConfigurationError: The value is invalid, and decides where requests go or with which identity.
    """
    reader = setting.metadata["reader"]
    if reader is None:
        return _validated(setting, text, origin)
    try:
        return reader(text)
    except ValueError as error:
        default = setting.default
        _log.warning("%s%s is not %s: the default %r is used", origin, _display(text), error, default)
        return default


def _validated(setting: attr.Attribute[Any], value: Any, origin: str) -> Any:
    try:
        return setting.metadata["validator"](value)
    except ValueError as error:
        raise ConfigurationError(f"{origin}{_display(value)} is not {error}") from None


def _display(value: object) -> str:
    text = safe_repr(value)
    # What stands before an @ in a URL may be a password.
    return "(not shown, it may contain a password)" if "@" in text else text
