"""Merged updates: unchanged settings are kept, and mutually exclusive members are omitted."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async import types
from cognito_async.errors import (
    InvalidParameterException,
    InvalidRequestError,
    InvalidResponseError,
    ResourceNotFoundException,
)
from cognito_async.updates import merge_user_pool, merge_user_pool_client
from cognito_async.updates._describe import RawDescription
from support.fake_settings_api import CLIENT_ID, POOL_ID, FakeSettingsAPI
from support.transports import ScriptedTransport, client_with, error_response, http_response

ARN, OTHER_ARN = "arn:aws:lambda:eu-west-1:1:function:a", "arn:aws:lambda:eu-west-1:1:function:b"


async def pool(settings: dict[str, Any], **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Change a pool that has these settings; return the update and the settings after it."""
    transport = FakeSettingsAPI("UserPool", {"Id": POOL_ID} | settings)
    await merge_user_pool(
        client_with(transport), types.UpdateUserPoolRequest(user_pool_id=POOL_ID, **changes)
    )
    return transport.json, transport.settings


async def app(settings: dict[str, Any], **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Change an app client like a pool above."""
    transport = FakeSettingsAPI("UserPoolClient", {"UserPoolId": POOL_ID, "ClientId": CLIENT_ID} | settings)
    request = types.UpdateUserPoolClientRequest(user_pool_id=POOL_ID, client_id=CLIENT_ID, **changes)
    response = await merge_user_pool_client(client_with(transport), request)
    assert response.user_pool_client.to_wire() == transport.settings
    return transport.json, transport.settings


# Merging


async def test_current_settings_are_repeated_except_for_read_only_ones() -> None:
    settings = {
        "Name": "people",
        "Arn": "arn",
        "SchemaAttributes": [{"Name": "email"}],
        "CreationDate": 1.5,
        "EstimatedNumberOfUsers": 7,
        "MfaConfiguration": "OPTIONAL",
    }
    sent, after = await pool(settings, deletion_protection="ACTIVE")
    assert sent == {
        "UserPoolId": POOL_ID,
        "PoolName": "people",
        "DeletionProtection": "ACTIVE",
        "MfaConfiguration": "OPTIONAL",
    }
    assert after["SchemaAttributes"] == [{"Name": "email"}]


async def test_structures_are_merged_and_lists_and_maps_are_not() -> None:
    settings = {
        "Policies": {"PasswordPolicy": {"MinimumLength": 8, "RequireNumbers": False}},
        "AutoVerifiedAttributes": ["email", "phone_number"],
        "UserPoolTags": {"team": "a", "stage": "test"},
    }
    policies = types.UserPoolPolicyType(password_policy=types.PasswordPolicyType(minimum_length=12))
    _, after = await pool(
        settings, policies=policies, auto_verified_attributes=["email"], user_pool_tags={"team": "b"}
    )
    assert after["Policies"] == {"PasswordPolicy": {"MinimumLength": 12, "RequireNumbers": False}}
    assert after["AutoVerifiedAttributes"] == ["email"]
    assert after["UserPoolTags"] == {"team": "b"}


async def test_a_structure_may_be_a_dict_in_wire_form() -> None:
    settings = {"Policies": {"PasswordPolicy": {"MinimumLength": 8, "RequireNumbers": False}}}
    _, after = await pool(settings, policies={"PasswordPolicy": {"MinimumLength": 12}})
    assert after["Policies"] == {"PasswordPolicy": {"MinimumLength": 12, "RequireNumbers": False}}


async def test_false_zero_and_empty_lists_are_changes() -> None:
    settings = {
        "EnableTokenRevocation": True,
        "CallbackURLs": ["https://a"],
        "RefreshTokenValidity": 5,
        "ClientName": "app",
    }
    _, after = await app(settings, enable_token_revocation=False, callback_urls=[], refresh_token_validity=0)
    ids = {"UserPoolId": POOL_ID, "ClientId": CLIENT_ID, "ClientName": "app"}
    assert after == ids | {"EnableTokenRevocation": False, "CallbackURLs": [], "RefreshTokenValidity": 0}


async def test_empty_values_that_cannot_be_sent_are_omitted() -> None:
    sent, _ = await app({"DefaultRedirectURI": "", "LogoutURLs": []}, client_name="app")
    ids = {"UserPoolId": POOL_ID, "ClientId": CLIENT_ID}
    assert sent == ids | {"ClientName": "app", "LogoutURLs": []}
    sent, _ = await pool(
        {"AccountRecoverySetting": {}, "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": []}}}
    )
    assert sent == {"UserPoolId": POOL_ID, "AccountRecoverySetting": {}, "Policies": {"SignInPolicy": {}}}


async def test_the_secret_of_an_app_client_is_not_sent() -> None:
    sent, after = await app({"ClientSecret": "s", "ClientType": "REGULAR"}, client_name="app")
    assert sent == {"UserPoolId": POOL_ID, "ClientId": CLIENT_ID, "ClientName": "app"}
    assert after["ClientSecret"] == "s"


# Mutually exclusive members


async def test_the_validity_of_temporary_passwords_is_sent_once() -> None:
    settings = {
        "Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 3}},
        "AdminCreateUserConfig": {"UnusedAccountValidityDays": 3, "AllowAdminCreateUserOnly": True},
    }
    sent, after = await pool(settings)
    assert sent["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert after["AdminCreateUserConfig"] == settings["AdminCreateUserConfig"]


async def test_a_pool_with_the_legacy_validity_keeps_it() -> None:
    settings = {"AdminCreateUserConfig": {"UnusedAccountValidityDays": 3}}
    _, after = await pool(settings, deletion_protection="ACTIVE")
    assert after["AdminCreateUserConfig"] == {"UnusedAccountValidityDays": 3}
    policies = {"PasswordPolicy": {"TemporaryPasswordValidityDays": 5}}
    _, after = await pool(settings, policies=policies)
    assert after["AdminCreateUserConfig"] == {"UnusedAccountValidityDays": 5}


async def test_the_requested_validity_takes_precedence_over_the_other_one() -> None:
    settings = {
        "Policies": {"PasswordPolicy": {"MinimumLength": 8, "TemporaryPasswordValidityDays": 7}},
        "AdminCreateUserConfig": {"UnusedAccountValidityDays": 7, "AllowAdminCreateUserOnly": True},
    }
    in_the_old_place = {"UnusedAccountValidityDays": 3}
    sent, after = await pool(settings, admin_create_user_config=in_the_old_place)
    assert sent["Policies"] == {"PasswordPolicy": {"MinimumLength": 8}}
    assert after["AdminCreateUserConfig"] == in_the_old_place | {"AllowAdminCreateUserOnly": True}
    sent, after = await pool(settings, policies={"PasswordPolicy": {"TemporaryPasswordValidityDays": 3}})
    assert sent["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert after["Policies"] == {"PasswordPolicy": {"MinimumLength": 8, "TemporaryPasswordValidityDays": 3}}


CODE, LINK = "Your code is {####}", "{##Click here##}"


async def test_a_legacy_message_is_not_sent_with_that_of_the_template() -> None:
    settings = {
        "SmsVerificationMessage": CODE,
        "EmailVerificationMessage": CODE,
        "EmailVerificationSubject": "Code",
        "VerificationMessageTemplate": {"SmsMessage": CODE, "EmailMessage": CODE, "EmailSubject": "Code"},
    }
    new = f"{CODE}!"
    sent, after = await pool(settings, verification_message_template={"SmsMessage": new})
    template = {"SmsMessage": new, "EmailMessage": CODE, "EmailSubject": "Code"}
    assert sent == {"UserPoolId": POOL_ID, "VerificationMessageTemplate": template}
    assert after["SmsVerificationMessage"] == new
    sent, after = await pool(settings, email_verification_message=new)
    assert after["VerificationMessageTemplate"] == settings["VerificationMessageTemplate"] | {
        "EmailMessage": new
    }
    assert sent["EmailVerificationMessage"] == new
    assert "SmsVerificationMessage" not in sent


async def test_a_legacy_message_without_a_template_is_kept() -> None:
    sent, _ = await pool({"SmsVerificationMessage": CODE})
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
    old = {"EmailVerificationMessage": CODE, "EmailVerificationSubject": "Code"}
    sent, _ = await pool(old | {"VerificationMessageTemplate": both | chosen})
    assert sent == {"UserPoolId": POOL_ID, "VerificationMessageTemplate": kept | chosen}
    sent, _ = await pool({"VerificationMessageTemplate": both}, verification_message_template=chosen)
    assert sent == {"UserPoolId": POOL_ID, "VerificationMessageTemplate": kept | chosen}


async def test_both_names_of_the_token_trigger_have_one_function() -> None:
    there = {
        "PreTokenGeneration": ARN,
        "PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": ARN},
    }
    settings = {"LambdaConfig": there | {"PreSignUp": ARN}}
    new = {"LambdaVersion": "V3_0", "LambdaArn": OTHER_ARN}
    _, after = await pool(settings, lambda_config={"PreTokenGenerationConfig": new})
    assert after["LambdaConfig"] == {
        "PreTokenGeneration": OTHER_ARN,
        "PreTokenGenerationConfig": new,
        "PreSignUp": ARN,
    }
    _, after = await pool(settings, lambda_config={"PreTokenGeneration": OTHER_ARN})
    assert after["LambdaConfig"]["PreTokenGenerationConfig"] == {
        "LambdaVersion": "V2_0",
        "LambdaArn": OTHER_ARN,
    }
    _, after = await pool({}, lambda_config={"PreTokenGeneration": ARN})
    assert after["LambdaConfig"] == {"PreTokenGeneration": ARN}
    _, after = await pool(settings, lambda_config={"PreSignUp": OTHER_ARN})
    assert after["LambdaConfig"] == there | {"PreSignUp": OTHER_ARN}


async def test_the_sms_settings_exclude_each_other() -> None:
    sns = {"SnsCallerArn": ARN, "ExternalId": "x", "SnsRegion": "eu-west-1"}
    _, after = await pool({"SmsConfiguration": sns}, sms_configuration={"EumsSms": {"CallerArn": ARN}})
    assert after["SmsConfiguration"] == {"EumsSms": {"CallerArn": ARN}}
    _, after = await pool(after, sms_configuration={"SnsCallerArn": OTHER_ARN})
    assert after["SmsConfiguration"] == {"SnsCallerArn": OTHER_ARN}
    _, after = await pool({"SmsConfiguration": sns}, sms_configuration={"SnsRegion": "eu-west-2"})
    assert after["SmsConfiguration"] == sns | {"SnsRegion": "eu-west-2"}


async def test_tags_of_aws_are_not_sent() -> None:
    settings = {"UserPoolTags": {"team": "a", "aws:cloudformation:stack-name": "s"}}
    sent, after = await pool(settings, deletion_protection="ACTIVE")
    assert sent["UserPoolTags"] == {"team": "a"}
    assert after["UserPoolTags"] == settings["UserPoolTags"]
    sent, _ = await pool(settings, user_pool_tags={"team": "b"})
    assert sent["UserPoolTags"] == {"team": "b"}


async def test_turning_on_rotation_removes_the_flow_that_excludes_it() -> None:
    settings = {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}
    rotation = types.RefreshTokenRotationType(feature="ENABLED", retry_grace_period_seconds=10)
    _, after = await app(settings, refresh_token_rotation=rotation)
    assert after["ExplicitAuthFlows"] == ["ALLOW_USER_SRP_AUTH"]
    _, after = await app(settings, refresh_token_rotation=rotation, explicit_auth_flows=["ALLOW_CUSTOM_AUTH"])
    assert after["ExplicitAuthFlows"] == ["ALLOW_CUSTOM_AUTH"]
    _, after = await app(settings, refresh_token_rotation={"Feature": "DISABLED"})
    assert after["ExplicitAuthFlows"] == settings["ExplicitAuthFlows"]
    sent, _ = await app({}, refresh_token_rotation=rotation)
    assert "ExplicitAuthFlows" not in sent


async def test_analytics_have_one_application() -> None:
    by_id = {"ApplicationId": "app", "RoleArn": ARN, "ExternalId": "x"}
    _, after = await app({"AnalyticsConfiguration": by_id}, analytics_configuration={"ApplicationArn": ARN})
    assert after["AnalyticsConfiguration"] == {"ApplicationArn": ARN, "RoleArn": ARN, "ExternalId": "x"}
    _, after = await app(after, analytics_configuration={"ApplicationId": "app"})
    assert after["AnalyticsConfiguration"] == by_id


# Errors


async def test_a_request_that_contradicts_itself_is_sent_unchanged() -> None:
    analytics = {"ApplicationId": "app", "ApplicationArn": ARN}
    with pytest.raises(InvalidParameterException):
        await app({}, analytics_configuration=analytics)


@pytest.mark.parametrize(
    "response",
    [{}, {"UserPool": None}, {"UserPool": {}}, {"UserPool": {"Id": "eu-west-1_Other", "Name": "n"}}],
)
async def test_the_description_of_another_pool_is_never_sent(response: Any) -> None:
    transport = ScriptedTransport(http_response(body=response))
    with pytest.raises(InvalidResponseError) as caught:
        await merge_user_pool(client_with(transport), types.UpdateUserPoolRequest(user_pool_id=POOL_ID))
    assert str(caught.value) == (
        f"DescribeUserPool failed: the description is not that of id {POOL_ID} "
        "(HTTP 200, request id request-1). Nothing was changed. "
        "Check where endpoint_url of client.config points to."
    )
    assert len(transport.sent) == 1


async def test_the_description_of_another_app_client_is_never_sent() -> None:
    response = {"UserPoolClient": {"UserPoolId": POOL_ID, "ClientId": "other"}}
    transport = ScriptedTransport(http_response(body=response))
    request = types.UpdateUserPoolClientRequest(user_pool_id=POOL_ID, client_id=CLIENT_ID)
    with pytest.raises(InvalidResponseError, match=f"not that of client_id {CLIENT_ID}"):
        await merge_user_pool_client(client_with(transport), request)
    assert len(transport.sent) == 1


NEW = {
    "MfaConfiguration": "ON",
    "NewProtection": False,
    "DeviceConfiguration": {"NewRule": {}, "ChallengeRequiredOnNewDevice": True},
    "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1, "NewLimit": 3}]},
}


async def test_settings_newer_than_this_release_are_never_reset() -> None:
    transport = FakeSettingsAPI("UserPool", {"Id": POOL_ID} | NEW)
    request = types.UpdateUserPoolRequest(user_pool_id=POOL_ID, deletion_protection="ACTIVE")
    with pytest.raises(InvalidResponseError) as caught:
        await merge_user_pool(client_with(transport), request)
    assert str(caught.value) == (
        "DescribeUserPool failed: the description has members that this release does not know: NewProtection, "
        "DeviceConfiguration.NewRule, AccountRecoverySetting.RecoveryMechanisms.NewLimit "
        "(HTTP 200, request id request-1). Nothing was changed: the update would reset them "
        "if they are settings. Upgrade cognito-async, or use UpdateUserPool itself, which resets them."
    )
    assert transport.operations == ["DescribeUserPool"]


async def test_settings_of_an_app_client_newer_than_this_release_are_never_reset() -> None:
    settings = {"TokenValidityUnits": {"AccessToken": "hours", "NewToken": "days"}, "ClientSecret": "canary"}
    with pytest.raises(
        InvalidResponseError, match=r": TokenValidityUnits\.NewToken \(.*UpdateUserPoolClient itself"
    ):
        await app(settings, token_validity_units={"AccessToken": "days"})


async def test_new_members_that_the_update_replaces_do_not_matter() -> None:
    settings = {
        "NewProtection": None,
        "SchemaAttributes": [{"Name": "email", "NewFlag": True}],
        "AccountRecoverySetting": NEW["AccountRecoverySetting"],
    }
    mechanisms = [{"Name": "verified_email", "Priority": 1}]
    _, after = await pool(settings, account_recovery_setting={"RecoveryMechanisms": mechanisms})
    assert after["AccountRecoverySetting"] == {"RecoveryMechanisms": mechanisms}


def test_the_raw_description_of_an_app_client_masks_its_secret() -> None:
    description = RawDescription(user_pool_client={"ClientSecret": "canary"})
    assert "canary" not in repr(description)


async def test_a_description_with_an_unexpected_type_is_never_sent() -> None:
    transport = ScriptedTransport(http_response(body={"UserPool": {"Id": POOL_ID, "Policies": "strict"}}))
    with pytest.raises(InvalidRequestError, match=r"^UserPoolType: policies: expected UserPoolPolicyType"):
        await merge_user_pool(client_with(transport), types.UpdateUserPoolRequest(user_pool_id=POOL_ID))
    assert len(transport.sent) == 1


async def test_an_invalid_request_sends_nothing() -> None:
    transport = ScriptedTransport()
    request = types.UpdateUserPoolRequest(user_pool_id=POOL_ID, policies={"PasswordPolicy": {"Minimum": 8}})
    with pytest.raises(InvalidRequestError, match=r"policies\.PasswordPolicy\.Minimum: unknown member"):
        await merge_user_pool(client_with(transport), request)
    assert transport.sent == []


async def test_only_requests_of_the_update_are_accepted() -> None:
    transport = ScriptedTransport()
    wrong: Any = types.DescribeUserPoolRequest(user_pool_id=POOL_ID)
    message = "^updates: expected UpdateUserPoolRequest, got DescribeUserPoolRequest$"
    with pytest.raises(InvalidRequestError, match=message):
        await merge_user_pool(client_with(transport), wrong)
    with pytest.raises(InvalidRequestError, match=r"^updates: expected UpdateUserPoolClientRequest, got "):
        await merge_user_pool_client(client_with(transport), wrong)
    assert transport.sent == []


async def test_errors_of_the_service_are_raised_unchanged() -> None:
    transport = ScriptedTransport(error_response("ResourceNotFoundException"))
    with pytest.raises(ResourceNotFoundException):
        await merge_user_pool(client_with(transport), types.UpdateUserPoolRequest(user_pool_id=POOL_ID))
    assert len(transport.sent) == 1
