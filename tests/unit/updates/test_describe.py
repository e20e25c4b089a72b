"""Descriptions of the current settings that prevent a merged update."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async import types
from cognito_async.errors import InvalidRequestError, InvalidResponseError
from cognito_async.updates import merge_user_pool, merge_user_pool_client
from cognito_async.updates._describe import RawDescription
from support.fake_settings_api import CLIENT_ID, POOL_ID, FakeSettingsAPI, update_app_client, update_pool
from support.transports import ScriptedTransport, client_with, http_response


@pytest.mark.parametrize(
    "response",
    [{}, {"UserPool": None}, {"UserPool": {}}, {"UserPool": {"Id": "eu-west-1_Other", "Name": "n"}}],
)
async def test_the_description_of_another_pool_is_an_error_and_nothing_is_updated(response: Any) -> None:
    transport = ScriptedTransport(http_response(body=response))
    with pytest.raises(InvalidResponseError) as caught:
        await merge_user_pool(client_with(transport), types.UpdateUserPoolRequest(user_pool_id=POOL_ID))
    assert str(caught.value) == (
        f"DescribeUserPool failed: the description is not that of id {POOL_ID} "
        "(HTTP 200, request id request-1). Nothing was changed. "
        "Check where endpoint_url of client.config points to."
    )
    assert len(transport.sent) == 1


async def test_the_description_of_another_app_client_is_an_error_and_nothing_is_updated() -> None:
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


async def test_unknown_settings_of_a_pool_are_an_error_and_are_not_reset() -> None:
    transport = FakeSettingsAPI("UserPool", {"Id": POOL_ID} | NEW)
    request = types.UpdateUserPoolRequest(user_pool_id=POOL_ID, deletion_protection="ACTIVE")
    with pytest.raises(InvalidResponseError) as caught:
        await merge_user_pool(client_with(transport), request)
    assert str(caught.value) == (
        "DescribeUserPool failed: the description has members that are unknown to this release: NewProtection, "
        "DeviceConfiguration.NewRule, AccountRecoverySetting.RecoveryMechanisms.NewLimit "
        "(HTTP 200, request id request-1). Nothing was changed: the update would reset them "
        "if they are settings. Upgrade cognito-async, or use UpdateUserPool itself, which resets them."
    )
    assert transport.operations == ["DescribeUserPool"]


async def test_unknown_settings_of_an_app_client_are_an_error_and_are_not_reset() -> None:
    settings = {"TokenValidityUnits": {"AccessToken": "hours", "NewToken": "days"}, "ClientSecret": "canary"}
    with pytest.raises(
        InvalidResponseError, match=r": TokenValidityUnits\.NewToken \(.*UpdateUserPoolClient itself"
    ):
        await update_app_client(settings, token_validity_units={"AccessToken": "days"})


async def test_unknown_members_that_the_update_replaces_or_ignores_do_not_matter() -> None:
    settings = {
        "NewProtection": None,
        "SchemaAttributes": [{"Name": "email", "NewFlag": True}],
        "AccountRecoverySetting": NEW["AccountRecoverySetting"],
    }
    mechanisms = [{"Name": "verified_email", "Priority": 1}]
    _, after = await update_pool(settings, account_recovery_setting={"RecoveryMechanisms": mechanisms})
    assert after["AccountRecoverySetting"] == {"RecoveryMechanisms": mechanisms}


def test_the_raw_description_of_an_app_client_masks_its_secret() -> None:
    description = RawDescription(user_pool_client={"ClientSecret": "canary"})
    assert "canary" not in repr(description)


async def test_a_description_with_an_unexpected_type_is_an_error_and_nothing_is_updated() -> None:
    transport = ScriptedTransport(http_response(body={"UserPool": {"Id": POOL_ID, "Policies": "strict"}}))
    with pytest.raises(InvalidRequestError, match=r"^UserPoolType: policies: expected UserPoolPolicyType"):
        await merge_user_pool(client_with(transport), types.UpdateUserPoolRequest(user_pool_id=POOL_ID))
    assert len(transport.sent) == 1
