"""Sign-up and forgotten passwords, with the secret hash filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cognito_async import types
from cognito_async._model import AttributeMapping
from cognito_async.sign_in import _inputs
from cognito_async.sign_in._errors import with_refined_errors
from cognito_async.sign_in._flow import App
from cognito_async.sign_in._naming import name_methods
from cognito_async.sign_in._user_context import UserContext, user_context_data


class Registration:
    """Base of ``AppClient``: operations before the first sign-in."""

    _app: App

    async def sign_up(
        self,
        username: str,
        password: str | None = None,
        *,
        attributes: Sequence[types.AttributeType | Mapping[str, Any]] | AttributeMapping | None = None,
        validation_data: Sequence[types.AttributeType | Mapping[str, Any]] | AttributeMapping | None = None,
        context: UserContext | None = None,
        client_metadata: Mapping[str, str] | None = None,
        analytics_metadata: types.AnalyticsMetadataType | Mapping[str, Any] | None = None,
        secret_hash: str | None = None,
    ) -> types.SignUpResponse:
        """Register a new user: ``client.sign_up`` for this app client.

        Args:
            username: User name, or an alias if the pool signs in by e-mail address or phone number.
            password: Password; None for a user without one, in pools that allow it.
            attributes: Attributes by name, such as ``{"email": "ana@example.com"}``.
            validation_data: Values for the pre sign-up trigger; not stored.
            context: Address and device of the user, for threat protection.
            client_metadata: Custom values for Lambda triggers.
            analytics_metadata: Endpoint of Amazon Pinpoint.
            secret_hash: Secret hash in place of the computed one.

        Raises:
            CognitoError: As ``client.sign_up``.
        """
        _inputs.checked_text("sign_up", "username", username)
        if password is not None:
            _inputs.checked_text("sign_up", "password", password)
        return await with_refined_errors(
            self._app.client.sign_up(
                password=password,
                user_attributes=attributes,
                validation_data=validation_data,
                **self._common(username, context, client_metadata, analytics_metadata, secret_hash),
            )
        )

    async def confirm_sign_up(
        self,
        username: str,
        code: str,
        *,
        force_alias_creation: bool | None = None,
        session: str | None = None,
        context: UserContext | None = None,
        client_metadata: Mapping[str, str] | None = None,
        analytics_metadata: types.AnalyticsMetadataType | Mapping[str, Any] | None = None,
        secret_hash: str | None = None,
    ) -> types.ConfirmSignUpResponse:
        """Confirm a sign-up: ``client.confirm_sign_up`` for this app client.

        The ``session`` of the response signs the user in: ``app.sign_in_with(username, session=...)``.

        Args:
            username: User name or alias.
            code: Digits that the user received.
            force_alias_creation: Whether to take over an address that another user has verified.
            session: ``session`` of the ``sign_up`` response.
            context: As for ``sign_up``.
            client_metadata: As for ``sign_up``.
            analytics_metadata: As for ``sign_up``.
            secret_hash: As for ``sign_up``.

        Raises:
            InvalidRequestError: The code has other characters than digits; nothing was sent.
            CodeMismatchException: The code is wrong.
            CognitoError: As ``client.confirm_sign_up``.
        """
        _inputs.checked_text("confirm_sign_up", "username", username)
        return await with_refined_errors(
            self._app.client.confirm_sign_up(
                confirmation_code=_inputs.checked_code("confirm_sign_up", code),
                force_alias_creation=force_alias_creation,
                session=session,
                **self._common(username, context, client_metadata, analytics_metadata, secret_hash),
            )
        )

    async def resend_code(
        self,
        username: str,
        *,
        context: UserContext | None = None,
        client_metadata: Mapping[str, str] | None = None,
        analytics_metadata: types.AnalyticsMetadataType | Mapping[str, Any] | None = None,
        secret_hash: str | None = None,
    ) -> types.ResendConfirmationCodeResponse:
        """Send another sign-up code: ``client.resend_confirmation_code`` for this app client.

        Args:
            username: User name or alias.
            context: As for ``sign_up``.
            client_metadata: As for ``sign_up``.
            analytics_metadata: As for ``sign_up``.
            secret_hash: As for ``sign_up``.

        Raises:
            CognitoError: As ``client.resend_confirmation_code``.
        """
        _inputs.checked_text("resend_code", "username", username)
        return await with_refined_errors(
            self._app.client.resend_confirmation_code(
                **self._common(username, context, client_metadata, analytics_metadata, secret_hash)
            )
        )

    async def forgot_password(
        self,
        username: str,
        *,
        context: UserContext | None = None,
        client_metadata: Mapping[str, str] | None = None,
        analytics_metadata: types.AnalyticsMetadataType | Mapping[str, Any] | None = None,
        secret_hash: str | None = None,
    ) -> types.ForgotPasswordResponse:
        """Send a code for a new password: ``client.forgot_password`` for this app client.

        Args:
            username: User name or alias.
            context: As for ``sign_up``.
            client_metadata: As for ``sign_up``.
            analytics_metadata: As for ``sign_up``.
            secret_hash: As for ``sign_up``.

        Raises:
            CognitoError: As ``client.forgot_password``.
        """
        _inputs.checked_text("forgot_password", "username", username)
        return await with_refined_errors(
            self._app.client.forgot_password(
                **self._common(username, context, client_metadata, analytics_metadata, secret_hash)
            )
        )

    async def confirm_forgot_password(
        self,
        username: str,
        code: str,
        new_password: str,
        *,
        context: UserContext | None = None,
        client_metadata: Mapping[str, str] | None = None,
        analytics_metadata: types.AnalyticsMetadataType | Mapping[str, Any] | None = None,
        secret_hash: str | None = None,
    ) -> types.ConfirmForgotPasswordResponse:
        """Set a new password by code: ``client.confirm_forgot_password`` for this app client.

        Args:
            username: User name or alias.
            code: Digits that the user received.
            new_password: Password to set.
            context: As for ``sign_up``.
            client_metadata: As for ``sign_up``.
            analytics_metadata: As for ``sign_up``.
            secret_hash: As for ``sign_up``.

        Raises:
            InvalidRequestError: The code has other characters than digits; nothing was sent.
            CodeMismatchException: The code is wrong.
            InvalidPasswordException: The pool's policy rejects the password.
            CognitoError: As ``client.confirm_forgot_password``.
        """
        where = "confirm_forgot_password"
        _inputs.checked_text(where, "username", username)
        return await with_refined_errors(
            self._app.client.confirm_forgot_password(
                confirmation_code=_inputs.checked_code(where, code),
                password=_inputs.checked_text(where, "new_password", new_password),
                **self._common(username, context, client_metadata, analytics_metadata, secret_hash),
            )
        )

    def _common(
        self,
        username: str,
        context: UserContext | None,
        client_metadata: Mapping[str, str] | None,
        analytics_metadata: types.AnalyticsMetadataType | Mapping[str, Any] | None,
        secret_hash: str | None,
    ) -> dict[str, Any]:
        """Return the parameters that all of these operations have."""
        app = self._app
        if context is not None:
            _inputs.checked_type("AppClient", "context", context, UserContext)
        return {
            "client_id": app.client_id,
            "username": username,
            "secret_hash": app.secret_hash(username) if secret_hash is None else secret_hash,
            "user_context_data": None if context is None else user_context_data(context),
            "client_metadata": client_metadata,
            "analytics_metadata": analytics_metadata,
        }


name_methods(Registration, "AppClient")
