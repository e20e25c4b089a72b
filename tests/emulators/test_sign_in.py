"""Sign-in and sign-out: passwords, challenges, refreshed and revoked tokens, auth events."""

from __future__ import annotations

import pytest

from cognito_async.errors import NotAuthorizedException, ServiceError, UserPoolAddOnNotEnabledException
from emulators.resources import FLOWS, OTHER_PASSWORD, PASSWORD, Resources, claims


async def test_sign_in_without_aws_credentials(resources: Resources) -> None:
    pool_id = await resources.pool()
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id)
    tokens = await resources.sign_in(client_id)
    with resources.step("a sign-in returns the token type"):
        assert tokens.type == "Bearer"
    assert (claims(tokens.access)["token_use"], claims(tokens.id)["token_use"]) == (
        "access",
        "id",
    )
    assert claims(tokens.access)["client_id"] == client_id
    assert claims(tokens.id)["aud"] == client_id
    with resources.step("the ID token contains the email address"):
        assert claims(tokens.id).get("email") == "ana@example.com"
    await resources.rejects_password(client_id, "wrong")
    with resources.step("an unknown user is rejected"), pytest.raises(ServiceError):
        await resources.sign_in(client_id, username="zoe")


async def test_admin_sign_in(resources: Resources) -> None:
    pool_id = await resources.pool()
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id)
    response = await resources.client.admin_initiate_auth(
        user_pool_id=pool_id,
        client_id=client_id,
        auth_flow="ADMIN_USER_PASSWORD_AUTH",
        auth_parameters={"USERNAME": "ana", "PASSWORD": PASSWORD},
    )
    assert response.authentication_result is not None
    assert response.authentication_result.access_token is not None
    assert claims(response.authentication_result.access_token)["username"] == "ana"
    with (
        resources.step("a wrong password is rejected in an admin sign-in"),
        pytest.raises(NotAuthorizedException),
    ):
        await resources.client.admin_initiate_auth(
            user_pool_id=pool_id,
            client_id=client_id,
            auth_flow="ADMIN_USER_PASSWORD_AUTH",
            auth_parameters={"USERNAME": "ana", "PASSWORD": "wrong"},
        )


async def _invite(resources: Resources) -> tuple[str, str]:
    pool_id = await resources.pool()
    client_id = await resources.app_id(pool_id)
    await resources.client.admin_create_user(
        user_pool_id=pool_id, username="ana", temporary_password=PASSWORD, message_action="SUPPRESS"
    )
    return pool_id, client_id


async def test_an_invited_user_must_set_a_password(resources: Resources) -> None:
    pool_id, client_id = await _invite(resources)
    challenge = await resources.public.initiate_auth(
        client_id=client_id,
        auth_flow="USER_PASSWORD_AUTH",
        auth_parameters={"USERNAME": "ana", "PASSWORD": PASSWORD},
    )
    assert challenge.challenge_name == "NEW_PASSWORD_REQUIRED"
    assert challenge.session is not None
    assert challenge.challenge_parameters is not None
    assert challenge.authentication_result is None
    response = await resources.public.respond_to_auth_challenge(
        client_id=client_id,
        challenge_name="NEW_PASSWORD_REQUIRED",
        session=challenge.session,
        challenge_responses={"USERNAME": "ana", "NEW_PASSWORD": OTHER_PASSWORD},
    )
    assert response.authentication_result is not None
    assert (
        await resources.client.admin_get_user(user_pool_id=pool_id, username="ana")
    ).user_status == "CONFIRMED"
    await resources.sign_in(client_id, password=OTHER_PASSWORD)


async def test_admin_sign_in_of_an_invited_user(resources: Resources) -> None:
    pool_id, client_id = await _invite(resources)
    challenge = await resources.client.admin_initiate_auth(
        user_pool_id=pool_id,
        client_id=client_id,
        auth_flow="ADMIN_USER_PASSWORD_AUTH",
        auth_parameters={"USERNAME": "ana", "PASSWORD": PASSWORD},
    )
    with resources.step("an admin sign-in returns NEW_PASSWORD_REQUIRED"):
        assert challenge.challenge_name == "NEW_PASSWORD_REQUIRED"
    response = await resources.client.admin_respond_to_auth_challenge(
        user_pool_id=pool_id,
        client_id=client_id,
        challenge_name="NEW_PASSWORD_REQUIRED",
        session=challenge.session,
        challenge_responses={"USERNAME": "ana", "NEW_PASSWORD": OTHER_PASSWORD},
    )
    assert response.authentication_result is not None
    await resources.sign_in(client_id, password=OTHER_PASSWORD)


async def _refresh(resources: Resources, client_id: str, refresh_token: str) -> str:
    response = await resources.public.initiate_auth(
        client_id=client_id,
        auth_flow="REFRESH_TOKEN_AUTH",
        auth_parameters={"REFRESH_TOKEN": refresh_token},
    )
    assert response.authentication_result is not None
    assert response.authentication_result.access_token is not None
    return response.authentication_result.access_token


async def test_tokens_are_refreshed(resources: Resources) -> None:
    pool_id = await resources.pool()
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id)
    tokens = await resources.sign_in(client_id)
    new_token = await _refresh(resources, client_id, tokens.refresh)
    assert (await resources.public.get_user(access_token=new_token)).username == "ana"
    with resources.step("an invalid refresh token is rejected"), pytest.raises(NotAuthorizedException):
        await _refresh(resources, client_id, "not.a.token")


async def test_tokens_are_refreshed_without_a_username(resources: Resources) -> None:
    pool_id = await resources.pool()
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id)
    tokens = await resources.sign_in(client_id)
    response = await resources.public.get_tokens_from_refresh_token(
        client_id=client_id, refresh_token=tokens.refresh
    )
    assert response.authentication_result is not None
    token = response.authentication_result.access_token
    assert token is not None
    assert (await resources.public.get_user(access_token=token)).username == "ana"


async def test_a_refresh_token_is_revoked(resources: Resources) -> None:
    pool_id = await resources.pool()
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id)
    tokens = await resources.sign_in(client_id)
    await resources.public.revoke_token(token=tokens.refresh, client_id=client_id)
    with pytest.raises(NotAuthorizedException):
        await _refresh(resources, client_id, tokens.refresh)


async def test_a_user_signs_out_everywhere(resources: Resources) -> None:
    pool_id = await resources.pool()
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id)
    tokens = await resources.sign_in(client_id)
    await resources.public.global_sign_out(access_token=tokens.access)
    with (
        resources.step("after a sign-out the access token is rejected"),
        pytest.raises(NotAuthorizedException),
    ):
        await resources.public.get_user(access_token=tokens.access)
    with (
        resources.step("after a sign-out the refresh token is rejected"),
        pytest.raises(NotAuthorizedException),
    ):
        await _refresh(resources, client_id, tokens.refresh)


async def test_an_administrator_signs_a_user_out(resources: Resources) -> None:
    pool_id = await resources.pool()
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id)
    tokens = await resources.sign_in(client_id)
    await resources.client.admin_user_global_sign_out(user_pool_id=pool_id, username="ana")
    with (
        resources.step("after an administrator's sign-out the access token is rejected"),
        pytest.raises(NotAuthorizedException),
    ):
        await resources.public.get_user(access_token=tokens.access)
    with (
        resources.step("after an administrator's sign-out the refresh token is rejected"),
        pytest.raises(NotAuthorizedException),
    ):
        await _refresh(resources, client_id, tokens.refresh)


async def test_auth_events_and_feedback(resources: Resources) -> None:
    pool_id = await resources.pool(user_pool_add_ons={"AdvancedSecurityMode": "AUDIT"}, user_pool_tier="PLUS")
    client_id = await resources.app_id(pool_id)
    await resources.user(pool_id)
    listed = await resources.client.admin_list_user_auth_events(user_pool_id=pool_id, username="ana")
    assert listed.auth_events == []
    await resources.sign_in(client_id)
    await resources.rejects_password(client_id, "wrong")
    listed = await resources.client.admin_list_user_auth_events(user_pool_id=pool_id, username="ana")
    assert listed.auth_events is not None
    assert [event.event_response for event in listed.auth_events] == ["Fail", "Pass"]
    pages = resources.client.get_paginator("admin_list_user_auth_events").paginate(
        user_pool_id=pool_id, username="ana", page_size=1
    )
    assert [event.event_id async for event in pages.items()] == [
        event.event_id for event in listed.auth_events
    ]
    event_id = listed.auth_events[0].event_id
    assert event_id is not None
    await resources.client.admin_update_auth_event_feedback(
        user_pool_id=pool_id, username="ana", event_id=event_id, feedback_value="Invalid"
    )
    listed = await resources.client.admin_list_user_auth_events(
        user_pool_id=pool_id, username="ana", max_results=1
    )
    assert listed.auth_events is not None
    assert listed.auth_events[0].event_feedback is not None
    assert listed.auth_events[0].event_feedback.feedback_value == "Invalid"
    with resources.step("a user gives feedback on a sign-in"):
        await resources.public.update_auth_event_feedback(
            user_pool_id=pool_id,
            username="ana",
            event_id=event_id,
            feedback_token="from-the-email",
            feedback_value="Valid",
        )


async def test_auth_events_are_off_by_default(resources: Resources) -> None:
    pool_id = await resources.pool()
    await resources.user(pool_id)
    with pytest.raises(UserPoolAddOnNotEnabledException):
        await resources.client.admin_list_user_auth_events(user_pool_id=pool_id, username="ana")


async def test_a_flow_that_the_app_client_does_not_allow_is_rejected(resources: Resources) -> None:
    pool_id = await resources.pool()
    created = await resources.client.create_user_pool_client(
        user_pool_id=pool_id, client_name="app", explicit_auth_flows=FLOWS[1:]
    )
    assert created.user_pool_client is not None
    assert created.user_pool_client.client_id is not None
    await resources.user(pool_id)
    with resources.step("a flow that is not allowed is rejected"), pytest.raises(ServiceError):
        await resources.sign_in(created.user_pool_client.client_id)
