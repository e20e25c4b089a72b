"""Integrations with web frameworks; each module is imported only when asked for.

- ``cognito_async.integrations.fastapi``: access tokens as a dependency, and responses for errors.
- ``cognito_async.integrations.starlette``: the same for Starlette, with its ``AuthenticationMiddleware``.
"""

__all__: list[str] = []
