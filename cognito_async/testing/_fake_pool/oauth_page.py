"""Pages of the fake managed login."""

from __future__ import annotations

from html import escape

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<h1>{title}</h1>
{content}
</html>
"""
_FORM = """<form method="post" action="/login?{query}">
{problem}<label>Username <input name="username" autofocus required></label>
<label>Password <input name="password" type="password" required></label>
<button name="signInSubmitButton">Sign in</button>
<button name="cancel" value="true" formnovalidate>Cancel</button>
</form>"""


def form(query: str, problem: str = "") -> bytes:
    """Return the page that asks for user name and password."""
    shown = f'<p role="alert">{escape(problem)}</p>\n' if problem else ""
    content = _FORM.format(query=escape(query), problem=shown)
    return _PAGE.format(title="Sign in", content=content).encode()


def error(problem: str) -> bytes:
    """Return the page for a request that cannot be answered by a redirect."""
    return _PAGE.format(title="Error", content=f"<p>{escape(problem)}</p>").encode()
