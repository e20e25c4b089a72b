"""Hosts that are this machine."""

from __future__ import annotations


def is_loopback(host: str) -> bool:
    """Return whether a host name or address, in lower case, is this machine: nobody else sees its traffic."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    if not (":" in host or host.startswith("127.")):
        return False
    from ipaddress import ip_address  # noqa: PLC0415  takes milliseconds, and is rarely needed

    try:
        address = ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
