"""Builds the TLS context from the settings of a client."""

from __future__ import annotations

import ssl

from cognito_async._errors import ConfigurationError
from cognito_async.config import Config
from cognito_async.config._config import ARGUMENT


def tls_context(config: Config) -> ssl.SSLContext:
    """Return a TLS context. Reads certificate files, so it blocks.

    Raises:
        ConfigurationError: A file cannot be read or contains no certificate.
    """
    # A variable or profile names the file for all programs; an argument is always read.
    unused = not config.verify and config.sources.get("ca_bundle") != ARGUMENT
    try:
        context = ssl.create_default_context(cafile=None if unused else config.ca_bundle)
    except (OSError, ValueError) as error:  # ValueError: not a possible file name
        raise ConfigurationError(
            f"ca_bundle {config.ca_bundle!r} cannot be read ({type(error).__name__}): it comes from "
            f"{config.sources.get('ca_bundle', 'default')} and must be a PEM file with certificates"
        ) from None
    if not config.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if config.client_cert is not None:
        certificate = config.client_cert
        try:
            context.load_cert_chain(*(certificate if isinstance(certificate, tuple) else (certificate,)))
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"client_cert {certificate!r} cannot be read ({type(error).__name__}): it must be a PEM "
                "file with certificate and key, or a pair of such files"
            ) from None
    return context
