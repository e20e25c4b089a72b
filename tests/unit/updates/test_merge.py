"""Merged updates: requested settings are changed, all others are kept."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async import types
from cognito_async.errors import InvalidRequestError, ResourceNotFoundException
from cognito_async.updates import merge_user_pool, merge_user_pool_client
from support.fake_settings_api import CLIENT_ID, POOL_ID, update_app_client, update_pool
from support.transports import ScriptedTransport, client_with, error_response


async def test_current_settings_are_sent_again_except_for_read_only_ones() -> None:
    settings = {
        "Name": "people",
        "Arn": "arn",
        "SchemaAttributes": [{"Name": "email"}],
        "CreationDate": 1.5,
        "EstimatedNumberOfUsers": 7,
        "MfaConfiguration": "OPTIONAL",
    }
    sent, after = await update_pool(settings, deletion_protection="ACTIVE")
    assert sent == {
        "UserPoolId": POOL_ID,
        "PoolName": "people",
        "DeletionProtection": "ACTIVE",
        "MfaConfiguration": "OPTIONAL",
    }
    assert after["SchemaAttributes"] == [{"Name": "email"}]


async def test_structures_are_merged_but_lists_and_maps_are_replaced() -> None:
    settings = {
        "Policies": {"PasswordPolicy": {"MinimumLength": 8, "RequireNumbers": False}},
        "AutoVerifiedAttributes": ["email", "phone_number"],
        "UserPoolTags": {"team": "a", "stage": "test"},
    }
    policies = types.UserPoolPolicyType(password_policy=types.PasswordPolicyType(minimum_length=12))
    _, after = await update_pool(
        settings, policies=policies, auto_verified_attributes=["email"], user_pool_tags={"team": "b"}
    )
    assert after["Policies"] == {"PasswordPolicy": {"MinimumLength": 12, "RequireNumbers": False}}
    assert after["AutoVerifiedAttributes"] == ["email"]
    assert after["UserPoolTags"] == {"team": "b"}


async def test_a_structure_of_the_request_may_be_a_dict_in_wire_form() -> None:
    settings = {"Policies": {"PasswordPolicy": {"MinimumLength": 8, "RequireNumbers": False}}}
    _, after = await update_pool(settings, policies={"PasswordPolicy": {"MinimumLength": 12}})
    assert after["Policies"] == {"PasswordPolicy": {"MinimumLength": 12, "RequireNumbers": False}}


async def test_false_zero_and_empty_lists_replace_the_current_values() -> None:
    settings = {
        "EnableTokenRevocation": True,
        "CallbackURLs": ["https://a"],
        "RefreshTokenValidity": 5,
        "ClientName": "app",
    }
    _, after = await update_app_client(
        settings, enable_token_revocation=False, callback_urls=[], refresh_token_validity=0
    )
    ids = {"UserPoolId": POOL_ID, "ClientId": CLIENT_ID, "ClientName": "app"}
    assert after == ids | {"EnableTokenRevocation": False, "CallbackURLs": [], "RefreshTokenValidity": 0}


async def test_empty_values_that_cannot_be_sent_are_omitted() -> None:
    sent, _ = await update_app_client({"DefaultRedirectURI": "", "LogoutURLs": []}, client_name="app")
    ids = {"UserPoolId": POOL_ID, "ClientId": CLIENT_ID}
    assert sent == ids | {"ClientName": "app", "LogoutURLs": []}
    sent, _ = await update_pool(
        {"AccountRecoverySetting": {}, "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": []}}}
    )
    assert sent == {"UserPoolId": POOL_ID, "AccountRecoverySetting": {}, "Policies": {"SignInPolicy": {}}}


async def test_the_secret_of_an_app_client_is_not_sent() -> None:
    sent, after = await update_app_client({"ClientSecret": "s", "ClientType": "REGULAR"}, client_name="app")
    assert sent == {"UserPoolId": POOL_ID, "ClientId": CLIENT_ID, "ClientName": "app"}
    assert after["ClientSecret"] == "s"


async def test_an_invalid_request_sends_nothing() -> None:
    transport = ScriptedTransport()
    request = types.UpdateUserPoolRequest(user_pool_id=POOL_ID, policies={"PasswordPolicy": {"Minimum": 8}})
    with pytest.raises(InvalidRequestError, match=r"policies\.PasswordPolicy\.Minimum: unknown member"):
        await merge_user_pool(client_with(transport), request)
    assert transport.sent == []


async def test_a_request_of_another_operation_is_rejected() -> None:
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


async def test_a_client_secret_in_secrets_manager_stays_there() -> None:
    sent, after = await update_app_client({"ClientSecretArn": "arn"}, client_name="app")
    assert "PublishSecretsInAWSSecretsManager" not in sent
    assert after["ClientSecretArn"] == "arn"


async def test_a_client_secret_moves_to_secrets_manager_and_back_on_request() -> None:
    _, published = await update_app_client(
        {"ClientSecret": "s", "ClientName": "app"}, publish_secrets_in_aws_secrets_manager=True
    )
    assert "ClientSecret" not in published
    _, withdrawn = await update_app_client(published, publish_secrets_in_aws_secrets_manager=False)
    assert withdrawn["ClientSecret"] == "s"
    assert withdrawn["ClientName"] == "app"
