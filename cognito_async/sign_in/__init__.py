"""Sign users in, with SRP, MFA, passkeys, devices and custom challenges, and keep them signed in.

::

    app = AppClient(client, "eu-west-1_AbC123", "1h57kf5cpq17m0eml12EXAMPLE")
    step = await app.sign_in("ana@example.com", password)
    if isinstance(step, TotpRequired):
        step = await step.answer(code)
    if isinstance(step, SignedIn):
        me = await step.get_user()
"""

from cognito_async.sign_in._app_client import AppClient, SignInFlow, SignInMethod
from cognito_async.sign_in._challenges import (
    CustomChallenge,
    EmailCodeRequired,
    MethodChoiceRequired,
    MfaChoiceRequired,
    MfaSetupChoiceRequired,
    NewPasswordRequired,
    PasskeyRequired,
    PasswordRequired,
    PendingStep,
    SignInStep,
    SmsCodeRequired,
    TotpRequired,
    TotpSetup,
    TotpSetupRequired,
    UnknownChallenge,
)
from cognito_async.sign_in._devices import Device
from cognito_async.sign_in._errors import (
    AttemptsExceededError,
    DeviceRefusedError,
    RefreshTokenReusedError,
    SecretHashError,
    SessionExpiredError,
    SignedOutError,
    SignInError,
    UserDisabledError,
    WrongAnswerError,
    WrongPasswordError,
)
from cognito_async.sign_in._new_device import NewDevice
from cognito_async.sign_in._secret_hash import secret_hash
from cognito_async.sign_in._session import OnTokens, SignedIn
from cognito_async.sign_in._tokens import Tokens
from cognito_async.sign_in._user_context import UserContext
from cognito_async.sign_in._user_operations import TotpRegistration

__all__ = [
    "AppClient",
    "AttemptsExceededError",
    "CustomChallenge",
    "Device",
    "DeviceRefusedError",
    "EmailCodeRequired",
    "MethodChoiceRequired",
    "MfaChoiceRequired",
    "MfaSetupChoiceRequired",
    "NewDevice",
    "NewPasswordRequired",
    "OnTokens",
    "PasskeyRequired",
    "PasswordRequired",
    "PendingStep",
    "RefreshTokenReusedError",
    "SecretHashError",
    "SessionExpiredError",
    "SignInError",
    "SignInFlow",
    "SignInMethod",
    "SignInStep",
    "SignedIn",
    "SignedOutError",
    "SmsCodeRequired",
    "Tokens",
    "TotpRegistration",
    "TotpRequired",
    "TotpSetup",
    "TotpSetupRequired",
    "UnknownChallenge",
    "UserContext",
    "UserDisabledError",
    "WrongAnswerError",
    "WrongPasswordError",
    "secret_hash",
]

for _name in __all__:
    if _name.endswith("Error"):  # tracebacks and pickles name the module that users import from
        globals()[_name].__module__ = __name__
