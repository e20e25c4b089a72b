"""AWS credentials and credential providers.

Signed operations get their credentials from a provider: any coroutine function without parameters that
returns ``Credentials``. Unsigned operations (sign-in, sign-up, and those with a user's token) need none;
a client with ``credentials=UNSIGNED`` calls no others.
"""

from cognito_async.credentials._credentials import (
    UNSIGNED,
    BotocoreCredentials,
    Credentials,
    CredentialsProvider,
    Unsigned,
)

__all__ = ["UNSIGNED", "BotocoreCredentials", "Credentials", "CredentialsProvider", "Unsigned"]
