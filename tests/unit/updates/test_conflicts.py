"""Merged updates of settings that exclude each other, or that have two names."""

from __future__ import annotations

import pytest

from cognito_async import types
from cognito_async.errors import InvalidParameterException
from cognito_async.updates import merge_user_pool_client
from support.fake_settings_api import CLIENT_ID, POOL_ID, FakeSettingsAPI, update_app_client, update_pool
from support.transports import client_with

ARN, OTHER_ARN = "arn:aws:lambda:eu-west-1:1:function:a", "arn:aws:lambda:eu-west-1:1:function:b"


async def test_the_validity_of_temporary_passwords_is_sent_once() -> None:
    settings = {
        "Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 3}},
        "AdminCreateUserConfig": {"UnusedAccountValidityDays": 3, "AllowAdminCreateUserOnly": True},
    }
    sent, after = await update_pool(settings)
    assert sent["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert after["AdminCreateUserConfig"] == settings["AdminCreateUserConfig"]


async def test_a_pool_with_the_legacy_validity_keeps_it() -> None:
    settings = {"AdminCreateUserConfig": {"UnusedAccountValidityDays": 3}}
    _, after = await update_pool(settings, deletion_protection="ACTIVE")
    assert after["AdminCreateUserConfig"] == {"UnusedAccountValidityDays": 3}
    policies = {"PasswordPolicy": {"TemporaryPasswordValidityDays": 5}}
    _, after = await update_pool(settings, policies=policies)
    assert after["AdminCreateUserConfig"] == {"UnusedAccountValidityDays": 5}


async def test_the_requested_validity_takes_precedence_over_the_other_one() -> None:
    settings = {
        "Policies": {"PasswordPolicy": {"MinimumLength": 8, "TemporaryPasswordValidityDays": 7}},
        "AdminCreateUserConfig": {"UnusedAccountValidityDays": 7, "AllowAdminCreateUserOnly": True},
    }
    legacy = {"UnusedAccountValidityDays": 3}
    sent, after = await update_pool(settings, admin_create_user_config=legacy)
    assert sent["Policies"] == {"PasswordPolicy": {"MinimumLength": 8}}
    assert after["AdminCreateUserConfig"] == legacy | {"AllowAdminCreateUserOnly": True}
    sent, after = await update_pool(
        settings, policies={"PasswordPolicy": {"TemporaryPasswordValidityDays": 3}}
    )
    assert sent["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert after["Policies"] == {"PasswordPolicy": {"MinimumLength": 8, "TemporaryPasswordValidityDays": 3}}


CODE, LINK = "Your code is {####}", "{##Click here##}"


async def test_a_legacy_message_is_not_sent_together_with_the_message_of_the_template() -> None:
    settings = {
        "SmsVerificationMessage": CODE,
        "EmailVerificationMessage": CODE,
        "EmailVerificationSubject": "Code",
        "VerificationMessageTemplate": {"SmsMessage": CODE, "EmailMessage": CODE, "EmailSubject": "Code"},
    }
    new = f"{CODE}!"
    sent, after = await update_pool(settings, verification_message_template={"SmsMessage": new})
    template = {"SmsMessage": new, "EmailMessage": CODE, "EmailSubject": "Code"}
    assert sent == {"UserPoolId": POOL_ID, "VerificationMessageTemplate": template}
    assert after["SmsVerificationMessage"] == new
    sent, after = await update_pool(settings, email_verification_message=new)
    assert after["VerificationMessageTemplate"] == settings["VerificationMessageTemplate"] | {
        "EmailMessage": new
    }
    assert sent["EmailVerificationMessage"] == new
    assert "SmsVerificationMessage" not in sent


async def test_a_legacy_message_without_a_template_is_kept() -> None:
    sent, _ = await update_pool({"SmsVerificationMessage": CODE})
    assert sent == {"UserPoolId": POOL_ID, "SmsVerificationMessage": CODE}


@pytest.mark.parametrize(
    ("option", "kept"),
    [
        (None, {"EmailMessage": CODE, "EmailSubject": "Code"}),
        ("CONFIRM_WITH_CODE", {"EmailMessage": CODE, "EmailSubject": "Code"}),
        ("CONFIRM_WITH_LINK", {"EmailMessageByLink": LINK, "EmailSubjectByLink": "Link"}),
    ],
)
async def test_only_the_selected_email_is_sent(option: str | None, kept: dict[str, str]) -> None:
    both = {
        "EmailMessage": CODE,
        "EmailSubject": "Code",
        "EmailMessageByLink": LINK,
        "EmailSubjectByLink": "Link",
    }
    chosen = {"DefaultEmailOption": option} if option else {}
    legacy = {"EmailVerificationMessage": CODE, "EmailVerificationSubject": "Code"}
    sent, _ = await update_pool(legacy | {"VerificationMessageTemplate": both | chosen})
    assert sent == {"UserPoolId": POOL_ID, "VerificationMessageTemplate": kept | chosen}
    sent, _ = await update_pool({"VerificationMessageTemplate": both}, verification_message_template=chosen)
    assert sent == {"UserPoolId": POOL_ID, "VerificationMessageTemplate": kept | chosen}


async def test_both_names_of_the_token_trigger_always_name_the_same_function() -> None:
    current = {
        "PreTokenGeneration": ARN,
        "PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": ARN},
    }
    settings = {"LambdaConfig": current | {"PreSignUp": ARN}}
    new = {"LambdaVersion": "V3_0", "LambdaArn": OTHER_ARN}
    _, after = await update_pool(settings, lambda_config={"PreTokenGenerationConfig": new})
    assert after["LambdaConfig"] == {
        "PreTokenGeneration": OTHER_ARN,
        "PreTokenGenerationConfig": new,
        "PreSignUp": ARN,
    }
    _, after = await update_pool(settings, lambda_config={"PreTokenGeneration": OTHER_ARN})
    assert after["LambdaConfig"]["PreTokenGenerationConfig"] == {
        "LambdaVersion": "V2_0",
        "LambdaArn": OTHER_ARN,
    }
    _, after = await update_pool({}, lambda_config={"PreTokenGeneration": ARN})
    assert after["LambdaConfig"] == {"PreTokenGeneration": ARN}
    _, after = await update_pool(settings, lambda_config={"PreSignUp": OTHER_ARN})
    assert after["LambdaConfig"] == current | {"PreSignUp": OTHER_ARN}


async def test_requested_sms_settings_replace_those_of_the_other_provider() -> None:
    sns = {"SnsCallerArn": ARN, "ExternalId": "x", "SnsRegion": "eu-west-1"}
    _, after = await update_pool({"SmsConfiguration": sns}, sms_configuration={"EumsSms": {"CallerArn": ARN}})
    assert after["SmsConfiguration"] == {"EumsSms": {"CallerArn": ARN}}
    _, after = await update_pool(after, sms_configuration={"SnsCallerArn": OTHER_ARN})
    assert after["SmsConfiguration"] == {"SnsCallerArn": OTHER_ARN}
    _, after = await update_pool({"SmsConfiguration": sns}, sms_configuration={"SnsRegion": "eu-west-2"})
    assert after["SmsConfiguration"] == sns | {"SnsRegion": "eu-west-2"}


async def test_reserved_tags_of_aws_are_not_sent() -> None:
    settings = {"UserPoolTags": {"team": "a", "aws:cloudformation:stack-name": "s"}}
    sent, after = await update_pool(settings, deletion_protection="ACTIVE")
    assert sent["UserPoolTags"] == {"team": "a"}
    assert after["UserPoolTags"] == settings["UserPoolTags"]
    sent, _ = await update_pool(settings, user_pool_tags={"team": "b"})
    assert sent["UserPoolTags"] == {"team": "b"}


async def test_enabling_token_rotation_removes_the_flow_that_excludes_it() -> None:
    settings = {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}
    rotation = types.RefreshTokenRotationType(feature="ENABLED", retry_grace_period_seconds=10)
    _, after = await update_app_client(settings, refresh_token_rotation=rotation)
    assert after["ExplicitAuthFlows"] == ["ALLOW_USER_SRP_AUTH"]
    _, after = await update_app_client(
        settings, refresh_token_rotation=rotation, explicit_auth_flows=["ALLOW_CUSTOM_AUTH"]
    )
    assert after["ExplicitAuthFlows"] == ["ALLOW_CUSTOM_AUTH"]
    _, after = await update_app_client(settings, refresh_token_rotation={"Feature": "DISABLED"})
    assert after["ExplicitAuthFlows"] == settings["ExplicitAuthFlows"]
    sent, _ = await update_app_client({}, refresh_token_rotation=rotation)
    assert "ExplicitAuthFlows" not in sent


async def test_a_requested_analytics_application_replaces_the_other_form_of_its_name() -> None:
    by_id = {"ApplicationId": "app", "RoleArn": ARN, "ExternalId": "x"}
    _, after = await update_app_client(
        {"AnalyticsConfiguration": by_id}, analytics_configuration={"ApplicationArn": ARN}
    )
    assert after["AnalyticsConfiguration"] == {"ApplicationArn": ARN, "RoleArn": ARN, "ExternalId": "x"}
    _, after = await update_app_client(after, analytics_configuration={"ApplicationId": "app"})
    assert after["AnalyticsConfiguration"] == by_id


async def test_a_request_that_contradicts_itself_is_sent_unchanged() -> None:
    analytics = {"ApplicationId": "app", "ApplicationArn": ARN}
    transport = FakeSettingsAPI("UserPoolClient", {"UserPoolId": POOL_ID, "ClientId": CLIENT_ID})
    request = types.UpdateUserPoolClientRequest(
        user_pool_id=POOL_ID, client_id=CLIENT_ID, analytics_configuration=analytics
    )
    with pytest.raises(InvalidParameterException):
        await merge_user_pool_client(client_with(transport), request)
    assert transport.json["AnalyticsConfiguration"] == analytics
