"""Check whether an emulator of ``MotoServer`` is running."""

from __future__ import annotations

import urllib.error
import urllib.request


def responds(url: str) -> bool:
    """Return whether moto serves at this URL, without a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/moto-api/data.json", timeout=60):
            return True
    except (urllib.error.URLError, ConnectionError):
        return False
