"""The trigger and its own text in the messages of errors that Lambda triggers cause."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from cognito_async import errors, types
from cognito_async.errors import ServiceError
from support.transports import ScriptedTransport, client_with, http_response

DENIED = (
    "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/role/name is not authorized to perform: "
    "cognito-idp:CreateGroup on resource: arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbC123"
)
RUNTIME = "RequestId: 9fdb5cfa-5ec1-47bf-bc07-8adc3b4bebf6 Error: Runtime exited with error: exit status 129"
SOCKET = "PostAuthentication invocation failed due to error Socket timeout while invoking Lambda function."

# Code, message, trigger and its text; reported in the issues behind the numbers.
MESSAGES: list[tuple[str, str, str | None, str | None]] = [
    # aws-amplify/amplify-flutter#1051
    (
        "UserLambdaValidationException",
        "PreSignUp failed with error callback is not a function.",
        "PreSignUp",
        "callback is not a function",
    ),
    # aws-amplify/amplify-cli#7576
    (
        "UserLambdaValidationException",
        f"PostConfirmation failed with error {DENIED}.",
        "PostConfirmation",
        DENIED,
    ),
    # aws-amplify/amplify-js#9127
    (
        "UserLambdaValidationException",
        f"DefineAuthChallenge failed with error {RUNTIME}.",
        "DefineAuthChallenge",
        RUNTIME,
    ),
    # floci-io/floci#3851
    (
        "NotAuthorizedException",
        "PreAuthentication failed with error Email not verified.",
        "PreAuthentication",
        "Email not verified",
    ),
    # furaiev/amazon-cognito-identity-dart-2#204: the text is that of the service
    ("UnexpectedLambdaException", SOCKET, "PostAuthentication", None),
    # amazon-archives/amazon-cognito-auth-js#223
    (
        "UnexpectedLambdaException",
        "PostConfirmation invocation failed due to error AccessDeniedException.",
        "PostConfirmation",
        None,
    ),
    # aws-amplify/amplify-js#4300
    ("UnexpectedLambdaException", "null invocation failed due to configuration.", None, None),
    # amazon-archives/amazon-cognito-identity-js#167, aws-amplify/amplify-cli#4341
    ("InvalidLambdaResponseException", "Unrecognizable lambda output", None, None),
    ("InvalidLambdaResponseException", "Invalid lambda function output : Invalid JSON", None, None),
    # Texts of functions with full stops, lines and the words of the service; emulators add no full stop.
    (
        "UserLambdaValidationException",
        "PreSignUp failed with error Not invited!.",
        "PreSignUp",
        "Not invited!",
    ),
    ("UserLambdaValidationException", "PreSignUp failed with error Stop..", "PreSignUp", "Stop."),
    ("UserLambdaValidationException", "PreSignUp failed with error a\nb. c.\n.", "PreSignUp", "a\nb. c.\n"),
    ("UserLambdaValidationException", "PreSignUp failed with error no stop", "PreSignUp", "no stop"),
    ("UserLambdaValidationException", "PreSignUp failed with error .", "PreSignUp", ""),
    (
        "UserLambdaValidationException",
        "PreSignUp failed with error X failed with error y.",
        "PreSignUp",
        "X failed with error y",
    ),
    ("UserLambdaValidationException", "", None, None),
    ("UserLambdaValidationException", "The PreSignUp failed with error x.", None, None),
    ("UserLambdaValidationException", "PreSignUp failed with errors x.", None, None),
    ("SomethingNew", "InboundFederation failed with error x.", "InboundFederation", "x"),
]


@pytest.mark.parametrize(("code", "message", "trigger", "text"), MESSAGES)
async def test_an_error_has_its_trigger_and_the_text_of_the_function(
    code: str, message: str, trigger: str | None, text: str | None
) -> None:
    response = http_response(400, {"__type": code, "message": message})
    client = client_with(ScriptedTransport(response))
    with pytest.raises(ServiceError) as caught:
        await client.send(types.SignUpRequest(client_id="c", username="u", password="Secret-123"))
    error = caught.value
    assert type(error) is getattr(errors, code, ServiceError)
    for each in (error, pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (each.trigger, each.lambda_message) == (trigger, text)
        assert each.message == message
        assert message in str(each)
        assert each.response["Error"] == {"Code": code, "Message": message}


def test_an_error_of_another_kind_has_no_trigger() -> None:
    error: Any = errors.UserNotFoundException("User does not exist.")
    assert (error.trigger, error.lambda_message) == (None, None)
