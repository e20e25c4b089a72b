"""The URL that ends the session of a browser with managed login."""

from __future__ import annotations

from urllib.parse import quote, urlencode


def logout_url(url: str, client_id: str, to: str) -> str:
    """Return the URL of the logout endpoint, which redirects to a registered logout URL."""
    return f"{url}/logout?{urlencode({'client_id': client_id, 'logout_uri': to}, quote_via=quote)}"
