"""``SECRET_HASH``, which app clients with a secret require."""

from __future__ import annotations

import hmac
from base64 import b64encode

from cognito_async.sign_in._inputs import checked_text


def secret_hash(username: str, client_id: str, client_secret: str) -> str:
    """Return the ``SECRET_HASH`` of a username.

    ``sign_up``, ``confirm_sign_up``, ``forgot_password``, ``confirm_forgot_password`` and
    ``resend_confirmation_code`` take it as ``secret_hash``; ``initiate_auth`` and
    ``respond_to_auth_challenge`` take it among their parameters. ``AppClient`` computes it itself.

    Args:
        username: The name that is sent with it. In the response to a challenge, this is the ``USERNAME`` of
            the challenge, and not the email address or phone number that the user typed.
        client_id: Id of the app client.
        client_secret: Secret of the app client.

    Raises:
        InvalidRequestError: An argument is not a string, or is empty.
    """
    message = checked_text("secret_hash", "username", username)
    message += checked_text("secret_hash", "client_id", client_id)
    key = checked_text("secret_hash", "client_secret", client_secret)
    return b64encode(hmac.digest(key.encode(), message.encode(), "sha256")).decode()
