"""AWS credentials and credential providers.

Signed operations get their credentials from a provider: any coroutine function without parameters that
returns ``Credentials``. Unsigned operations (sign-in, sign-up, and those with a user's token) need none.
"""

from cognito_async.credentials._credentials import BotocoreCredentials, Credentials, CredentialsProvider

__all__ = ["BotocoreCredentials", "Credentials", "CredentialsProvider"]
