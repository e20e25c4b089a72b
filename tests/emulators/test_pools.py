"""Life cycles of user pools, with schema, tags, domains, MFA settings and UI customization."""

from __future__ import annotations

import uuid

import pytest

from cognito_async.errors import InvalidParameterException, ResourceNotFoundException, ServiceError
from cognito_async.types import (
    PasswordPolicyType,
    SchemaAttributeType,
    SoftwareTokenMfaConfigType,
    UserPoolPolicyType,
)
from emulators.resources import Resources

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(16)


async def test_user_pool_life_cycle(resources: Resources) -> None:
    policies = UserPoolPolicyType(
        password_policy=PasswordPolicyType(minimum_length=12, require_symbols=False)
    )
    created = await resources.client.create_user_pool(pool_name="life", policies=policies)
    pool_id = created.user_pool.id
    assert pool_id is not None
    described = (await resources.client.describe_user_pool(user_pool_id=pool_id)).user_pool
    assert (described.name, described.id) == ("life", pool_id)
    assert described.policies is not None
    assert described.policies.password_policy is not None
    assert described.policies.password_policy.minimum_length == 12
    assert described.policies.password_policy.require_symbols is False
    assert described.creation_date is not None
    assert described.creation_date.utcoffset() is not None
    deleted = await resources.client.delete_user_pool(user_pool_id=pool_id)
    assert deleted.response_metadata.http_status == 200
    with pytest.raises(ResourceNotFoundException) as raised:
        await resources.client.describe_user_pool(user_pool_id=pool_id)
    assert raised.value.operation == "DescribeUserPool"


async def test_user_pool_is_updated(resources: Resources) -> None:
    pool_id = await resources.pool(auto_verified_attributes=["email"])
    await resources.client.update_user_pool(user_pool_id=pool_id, auto_verified_attributes=["phone_number"])
    described = (await resources.client.describe_user_pool(user_pool_id=pool_id)).user_pool
    assert described.auto_verified_attributes == ["phone_number"]
    with pytest.raises(ResourceNotFoundException):
        await resources.client.update_user_pool(user_pool_id="us-east-1_missing00")


async def test_pools_are_listed(resources: Resources) -> None:
    created = {await resources.pool() for _ in range(3)}
    listed = await resources.client.list_user_pools(max_results=60)
    assert created <= {pool.id for pool in listed.user_pools}
    assert {pool.name for pool in listed.user_pools if pool.id in created} == {"test"}


async def test_user_pools_are_paginated(resources: Resources) -> None:
    created = {await resources.pool() for _ in range(3)}
    with resources.step("pools are paginated"):
        first = await resources.client.list_user_pools(max_results=1)
        assert len(first.user_pools) == 1
        assert first.next_token is not None
    pages = resources.client.get_paginator("list_user_pools").paginate(page_size=2)
    assert created <= {pool.id async for pool in pages.items()}


async def test_custom_attributes_are_added(resources: Resources) -> None:
    pool_id = await resources.pool(schema=[SchemaAttributeType(name="team", attribute_data_type="String")])
    await resources.client.add_custom_attributes(
        user_pool_id=pool_id,
        custom_attributes=[SchemaAttributeType(name="level", attribute_data_type="Number", mutable=True)],
    )
    described = (await resources.client.describe_user_pool(user_pool_id=pool_id)).user_pool
    assert described.schema_attributes is not None
    types = {attribute.name: attribute.attribute_data_type for attribute in described.schema_attributes}
    assert (types["custom:team"], types["custom:level"]) == ("String", "Number")
    with resources.step("a pool with a schema keeps the standard attributes"):
        assert types.get("email") == "String"
    with resources.step("a custom attribute cannot be added twice"), pytest.raises(InvalidParameterException):
        await resources.client.add_custom_attributes(
            user_pool_id=pool_id,
            custom_attributes=[SchemaAttributeType(name="level", attribute_data_type="Number")],
        )


async def test_tags_are_added_and_removed(resources: Resources) -> None:
    pool_id = await resources.pool(user_pool_tags={"stage": "test"})
    described = (await resources.client.describe_user_pool(user_pool_id=pool_id)).user_pool
    with resources.step("a pool has the tags of its creation"):
        assert described.user_pool_tags == {"stage": "test"}
    assert described.arn is not None
    await resources.client.tag_resource(resource_arn=described.arn, tags={"owner": "ana", "cost": "1"})
    listed = await resources.client.list_tags_for_resource(resource_arn=described.arn)
    assert listed.tags == {"stage": "test", "owner": "ana", "cost": "1"}
    await resources.client.untag_resource(resource_arn=described.arn, tag_keys=["cost", "stage"])
    listed = await resources.client.list_tags_for_resource(resource_arn=described.arn)
    assert listed.tags == {"owner": "ana"}


async def test_mfa_config_of_a_pool_is_changed(resources: Resources) -> None:
    pool_id = await resources.pool()
    before = await resources.client.get_user_pool_mfa_config(user_pool_id=pool_id)
    with resources.step("a new pool has MFA off"):
        assert before.mfa_configuration == "OFF"
    changed = await resources.client.set_user_pool_mfa_config(
        user_pool_id=pool_id,
        mfa_configuration="OPTIONAL",
        software_token_mfa_configuration=SoftwareTokenMfaConfigType(enabled=True),
    )
    assert changed.mfa_configuration == "OPTIONAL"
    now = await resources.client.get_user_pool_mfa_config(user_pool_id=pool_id)
    assert now.mfa_configuration == "OPTIONAL"
    assert now.software_token_mfa_configuration == SoftwareTokenMfaConfigType(enabled=True)
    with pytest.raises(ResourceNotFoundException):
        await resources.client.get_user_pool_mfa_config(user_pool_id="us-east-1_missing00")


async def test_domain_life_cycle(resources: Resources) -> None:
    pool_id = await resources.pool()
    domain = f"auth-{uuid.uuid4().hex[:12]}"
    await resources.client.create_user_pool_domain(user_pool_id=pool_id, domain=domain)
    described = (await resources.client.describe_user_pool_domain(domain=domain)).domain_description
    assert described.user_pool_id == pool_id
    assert described.domain == domain
    await resources.client.delete_user_pool_domain(user_pool_id=pool_id, domain=domain)
    gone = (await resources.client.describe_user_pool_domain(domain=domain)).domain_description
    assert gone is None or gone.user_pool_id is None
    with resources.step("a domain cannot be deleted twice"), pytest.raises(ServiceError):
        await resources.client.delete_user_pool_domain(user_pool_id=pool_id, domain=domain)


async def test_certificate_of_a_custom_domain_is_replaced(resources: Resources) -> None:
    pool_id = await resources.pool()
    domain = f"auth-{uuid.uuid4().hex[:12]}.example.com"
    created = await resources.client.create_user_pool_domain(
        user_pool_id=pool_id, domain=domain, custom_domain_config={"CertificateArn": CERTIFICATE}
    )
    assert created.cloud_front_domain is not None
    new_certificate = CERTIFICATE.replace("12345678-", "87654321-")
    await resources.client.update_user_pool_domain(
        user_pool_id=pool_id, domain=domain, custom_domain_config={"CertificateArn": new_certificate}
    )
    described = (await resources.client.describe_user_pool_domain(domain=domain)).domain_description
    with resources.step("a domain shows its certificate"):
        assert described.custom_domain_config is not None
        assert described.custom_domain_config.certificate_arn == new_certificate
    await resources.client.delete_user_pool_domain(user_pool_id=pool_id, domain=domain)


async def test_classic_hosted_ui_is_customized(resources: Resources) -> None:
    pool_id = await resources.pool()
    await resources.client.create_user_pool_domain(
        user_pool_id=pool_id, domain=f"auth-{uuid.uuid4().hex[:12]}"
    )
    css = ".banner-customizable {background-color: #1a2b3c;}"
    await resources.client.set_ui_customization(user_pool_id=pool_id, css=css)
    customization = (await resources.client.get_ui_customization(user_pool_id=pool_id)).ui_customization
    assert (customization.user_pool_id, customization.css) == (pool_id, css)
    client_id = await resources.app_id(pool_id)
    inherited = await resources.client.get_ui_customization(user_pool_id=pool_id, client_id=client_id)
    assert inherited.ui_customization.css == css
    await resources.client.set_ui_customization(
        user_pool_id=pool_id, client_id=client_id, css="", image_file=PIXEL
    )
    customization = (
        await resources.client.get_ui_customization(user_pool_id=pool_id, client_id=client_id)
    ).ui_customization
    assert customization.css == ""
    with resources.step("a logo has a URL"):
        assert customization.image_url is not None
