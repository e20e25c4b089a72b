"""User pools of an account in memory, for tests of bulk work: settings, users, groups, app clients, providers.

Responses have the wire form of the service. A pool is a plain object, so that tests can compare two of them.
"""

from __future__ import annotations

import asyncio
import copy
import json
import re
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from random import Random
from typing import Any

from cognito_async import CognitoClient
from cognito_async.transport import HTTPRequest, HTTPResponse
from support.transports import client_with, error_response, http_response

Wire = dict[str, Any]
NOW = 1.8e9
"""Time of the service, also of the creation of users by requests."""

_FILTER = re.compile(r'(\S+) (\^?=) "(.*)"')


class RefusedError(Exception):
    """An error of the service."""


@dataclass
class FakePool:
    """A pool; users by username, in the order of their creation."""

    id: str
    settings: Wire
    schema: list[Wire] = field(default_factory=list)
    users: dict[str, Wire] = field(default_factory=dict)
    groups: dict[str, Wire] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    clients: dict[str, Wire] = field(default_factory=dict)
    servers: dict[str, Wire] = field(default_factory=dict)
    providers: dict[str, Wire] = field(default_factory=dict)
    mfa: Wire = field(default_factory=lambda: {"MfaConfiguration": "OFF"})
    passwords: dict[str, str] = field(default_factory=dict)

    def find(self, name: str) -> Wire:
        """Return a user by any sign-in name: username, ``sub``, and the aliases of the pool."""
        folded = self.settings.get("UsernameConfiguration", {}).get("CaseSensitive") is False

        def equal(found: str | None) -> bool:
            return found == name or (folded and found is not None and found.casefold() == name.casefold())

        for user in self.users.values():
            attributes = attributes_of(user)
            aliases = [
                *self.settings.get("UsernameAttributes", ()),
                *aliases_of(attributes, self.settings.get("AliasAttributes", ())),
            ]
            if any(equal(each) for each in (user["Username"], *map(attributes.get, ("sub", *aliases)))):
                return user
        raise RefusedError("UserNotFoundException")

    def has(self, name: str) -> bool:
        """Return whether a user has this sign-in name."""
        with suppress(RefusedError):
            return bool(self.find(name))
        return False


def attributes_of(user: Wire) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in user["Attributes"]}


def aliases_of(attributes: dict[str, str], aliases: Sequence[str]) -> list[str]:
    """Return the attributes of a user that are sign-in names: contacts only if they are verified."""
    return [
        name
        for name in aliases
        if name in attributes
        and (name == "preferred_username" or attributes.get(f"{name}_verified") == "true")
    ]


def as_list(attributes: dict[str, str]) -> list[Wire]:
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


class FakeAccount:
    """Transport to an account; ``client()`` uses it.

    Args:
        region: Region of new pools.
        seed: Seed of ids.
        filters: ``prefix`` as the service; ``ignored`` returns all users, ``exact`` treats ``^=`` as ``=``,
            ``refused`` is an error, ``lossy`` leaves out some users.
        during: Called before each request with its number and name, such as for latency.
        after: Called after each request that was carried out; may return another response.
    """

    def __init__(
        self,
        *,
        region: str = "eu-west-1",
        seed: int = 1,
        filters: str = "prefix",
        during: Callable[[str], Awaitable[None]] | None = None,
        after: Callable[[str], Awaitable[HTTPResponse | None]] | None = None,
    ) -> None:
        self.region = region
        self.account_id = "123456789012"
        self.random = Random(seed)
        self.filters = filters
        self.during, self.after = during, after
        self.pools: dict[str, FakePool] = {}
        self.calls: Counter[str] = Counter()
        self.requests: list[tuple[str, Wire]] = []
        self.created: Counter[str] = Counter()
        """Users that requests have created, by the name in the request."""

        self.errors: dict[str, str] = {}
        """Error codes by operation, or by operation and name."""

        self.role_errors: dict[str, str] = {}
        """Error codes by the ARN of a role."""

        self.max_page = 60
        self.in_flight = self.max_in_flight = self.cancelled = 0

    # Set-up

    def add_pool(self, **settings: Any) -> FakePool:
        pool_id = f"{self.region}_{len(self.pools) + 1:09}"
        settings.setdefault("Name", f"pool-{len(self.pools) + 1}")
        pool = self.pools[pool_id] = FakePool(pool_id, settings)
        return pool

    def add_users(self, pool: FakePool, count: int, **attributes: str) -> None:
        for number in range(len(pool.users), len(pool.users) + count):
            self.add_user(pool, f"user-{number}", email=f"user-{number}@example.com", **attributes)

    def add_user(self, pool: FakePool, name: str, /, *, status: str = "CONFIRMED", **attributes: str) -> Wire:
        sub = str(uuid.UUID(int=self.random.getrandbits(128)))
        user = {
            "Username": sub if pool.settings.get("UsernameAttributes") else name,
            "Attributes": as_list({"sub": sub} | attributes),
            "UserCreateDate": 1.7e9,
            "UserLastModifiedDate": 1.7e9,
            "Enabled": True,
            "UserStatus": status,
        }
        pool.users[user["Username"]] = user
        return user

    def client(self, **arguments: Any) -> CognitoClient:
        return client_with(self, region=self.region, **arguments)

    # Transport

    async def prepare(self, url: str) -> None:
        pass

    async def close(self) -> None:
        pass

    async def send(self, request: HTTPRequest, *, timeout: float | None, resend: bool) -> HTTPResponse:
        operation = request.headers["X-Amz-Target"].partition(".")[2]
        members = json.loads(request.body)
        for limit in ("Limit", "MaxResults"):
            if limit in members:
                members[limit] = min(members[limit], self.max_page)
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            if self.during is not None:
                await self.during(operation)
            self.calls[operation] += 1
            self.requests.append((operation, members))
            response = self._respond(operation, members)
            if self.after is not None:
                response = await self.after(operation) or response
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.in_flight -= 1
        return response

    def _respond(self, operation: str, members: Wire) -> HTTPResponse:
        name = members.get("Username") or members.get("GroupName") or members.get("ClientName")
        code = self.errors.get(operation) or self.errors.get(f"{operation} {name}")
        try:
            body = self._body(operation, members, code)
        except RefusedError as error:
            return error_response(str(error))
        return http_response(body=copy.deepcopy(body), date=formatdate(NOW, usegmt=True))

    def _body(self, operation: str, members: Wire, code: str | None) -> Wire:
        if code is not None:
            raise RefusedError(code)
        name = re.sub("(?<=[a-z])(?=[A-Z])", "_", operation).lower()
        body: Wire = getattr(self, f"_{name}")(members)
        return body

    def _pool(self, members: Wire) -> FakePool:
        pool = self.pools.get(members["UserPoolId"])
        if pool is None:
            raise RefusedError("ResourceNotFoundException")
        return pool

    # Users

    def _list_users(self, members: Wire) -> Wire:
        pool = self._pool(members)
        users = self._filtered(list(pool.users.values()), members.get("Filter"))
        body = page(users, members, "Users", "PaginationToken", "Limit")
        if (wanted := members.get("AttributesToGet")) is not None:
            body["Users"] = [
                user | {"Attributes": [each for each in user["Attributes"] if each["Name"] in wanted]}
                for user in body["Users"]
            ]
        return body

    def _filtered(self, users: list[Wire], text: str | None) -> list[Wire]:
        if text is None:
            return users
        match = _FILTER.fullmatch(text)
        assert match is not None, text
        name, operator, value = match.groups()
        if name == "sub" and self.filters == "refused":
            raise RefusedError("InvalidParameterException")
        if self.filters == "ignored":
            return users

        def matches(user: Wire) -> bool:
            found = user["Username"] if name == "username" else attributes_of(user).get(name, "")
            if self.filters == "lossy" and operator == "^=" and len(value) == 1 and "7" in found[-2:]:
                return False
            exact = operator == "=" or self.filters == "exact"
            return found == value if exact else found.startswith(value)

        return [user for user in users if matches(user)]

    def _admin_get_user(self, members: Wire) -> Wire:
        user = self._pool(members).find(members["Username"])
        return {name: value for name, value in user.items() if name != "Attributes"} | {
            "UserAttributes": user["Attributes"]
        }

    def _admin_create_user(self, members: Wire) -> Wire:
        pool, name = self._pool(members), members["Username"]
        attributes = {each["Name"]: each["Value"] for each in members.get("UserAttributes", ())}
        known = {each["Name"] for each in pool.schema}
        if unknown := [each for each in attributes if each.startswith("custom:") and each not in known]:
            raise RefusedError(f"InvalidParameterException{unknown}"[: len("InvalidParameterException")])
        if usernames := pool.settings.get("UsernameAttributes", ()):
            kind = "email" if "@" in name else "phone_number"
            if kind not in usernames:
                raise RefusedError("InvalidParameterException")
            attributes.setdefault(kind, name)
        aliases = [each for each in usernames if each in attributes]
        aliases += aliases_of(attributes, pool.settings.get("AliasAttributes", ()))
        if any(pool.has(each) for each in (name, *(attributes[alias] for alias in aliases))):
            raise RefusedError("UsernameExistsException")
        assert members["MessageAction"] == "SUPPRESS"
        user = self.add_user(pool, name, status="FORCE_CHANGE_PASSWORD", **attributes)
        user["UserCreateDate"] = NOW
        self.created[name] += 1
        return {"User": user}

    def _admin_set_user_password(self, members: Wire) -> Wire:
        pool = self._pool(members)
        user = pool.find(members["Username"])
        user["UserStatus"] = "CONFIRMED" if members["Permanent"] else "FORCE_CHANGE_PASSWORD"
        pool.passwords[user["Username"]] = members["Password"]
        return {}

    def _admin_disable_user(self, members: Wire) -> Wire:
        self._pool(members).find(members["Username"])["Enabled"] = False
        return {}

    def _admin_link_provider_for_user(self, members: Wire) -> Wire:
        pool = self._pool(members)
        source, destination = members["SourceUser"], members["DestinationUser"]
        if source["ProviderName"] not in pool.providers:
            raise RefusedError("InvalidParameterException")
        user = pool.find(destination["ProviderAttributeValue"])
        attributes = attributes_of(user)
        identities = json.loads(attributes.get("identities", "[]"))
        identity = {"userId": source["ProviderAttributeValue"], "providerName": source["ProviderName"]}
        if identity in identities:
            raise RefusedError("InvalidParameterException")
        user["Attributes"] = as_list(attributes | {"identities": json.dumps([*identities, identity])})
        return {}

    # Groups

    def _list_groups(self, members: Wire) -> Wire:
        return page(list(self._pool(members).groups.values()), members, "Groups", "NextToken", "Limit")

    def _create_group(self, members: Wire) -> Wire:
        pool = self._pool(members)
        if members["GroupName"] in pool.groups:
            raise RefusedError("GroupExistsException")
        if (code := self.role_errors.get(members.get("RoleArn", ""))) is not None:
            raise RefusedError(code)
        pool.groups[members["GroupName"]] = members
        return {"Group": members}

    def _list_users_in_group(self, members: Wire) -> Wire:
        pool = self._pool(members)
        users = [pool.users[name] for name in pool.members.get(members["GroupName"], ())]
        return page(users, members, "Users", "NextToken", "Limit")

    def _admin_add_user_to_group(self, members: Wire) -> Wire:
        pool = self._pool(members)
        name = pool.find(members["Username"])["Username"]
        if members["GroupName"] not in pool.groups:
            raise RefusedError("ResourceNotFoundException")
        present = pool.members.setdefault(members["GroupName"], [])
        if name not in present:
            present.append(name)
        return {}

    # Pools

    def _list_user_pools(self, members: Wire) -> Wire:
        pools = [{"Id": pool.id, "Name": pool.settings["Name"]} for pool in self.pools.values()]
        return page(pools, members, "UserPools", "NextToken", "MaxResults")

    def _describe_user_pool(self, members: Wire) -> Wire:
        pool = self._pool(members)
        standard = [
            {"Name": "sub", "AttributeDataType": "String", "Mutable": False, "Required": True},
            {"Name": "email", "AttributeDataType": "String", "Mutable": True, "Required": False},
        ]
        described = {
            "Id": pool.id,
            "Arn": f"arn:aws:cognito-idp:{self.region}:{self.account_id}:userpool/{pool.id}",
            "CreationDate": 1.7e9,
            "LastModifiedDate": 1.7e9,
            "EstimatedNumberOfUsers": len(pool.users),
            "MfaConfiguration": pool.mfa["MfaConfiguration"],
            "SchemaAttributes": [*standard, *pool.schema],
        }
        return {"UserPool": described | pool.settings}

    def _create_user_pool(self, members: Wire) -> Wire:
        settings = dict(members)
        schema = settings.pop("Schema", [])
        pool = self.add_pool(Name=settings.pop("PoolName"))
        pool.mfa = {"MfaConfiguration": settings.pop("MfaConfiguration", "OFF")}
        pool.settings |= settings
        pool.schema = [custom(each) for each in schema]
        return self._describe_user_pool({"UserPoolId": pool.id})

    def _add_custom_attributes(self, members: Wire) -> Wire:
        pool = self._pool(members)
        added = [custom(each) for each in members["CustomAttributes"]]
        if {each["Name"] for each in added} & {each["Name"] for each in pool.schema}:
            raise RefusedError("InvalidParameterException")
        pool.schema += added
        return {}

    def _get_user_pool_mfa_config(self, members: Wire) -> Wire:
        return self._pool(members).mfa

    def _set_user_pool_mfa_config(self, members: Wire) -> Wire:
        pool = self._pool(members)
        pool.mfa = {name: value for name, value in members.items() if name != "UserPoolId"}
        return pool.mfa

    # App clients, resource servers, identity providers

    def _list_user_pool_clients(self, members: Wire) -> Wire:
        names = ("ClientId", "ClientName", "UserPoolId")
        clients = [{name: client[name] for name in names} for client in self._pool(members).clients.values()]
        return page(clients, members, "UserPoolClients", "NextToken", "MaxResults")

    def _describe_user_pool_client(self, members: Wire) -> Wire:
        return {"UserPoolClient": self._pool(members).clients[members["ClientId"]]}

    def _create_user_pool_client(self, members: Wire) -> Wire:
        pool, settings = self._pool(members), dict(members)
        for scope in settings.get("AllowedOAuthScopes", ()):
            if scope.partition("/")[0] not in pool.servers and "/" in scope:
                raise RefusedError("ScopeDoesNotExistException")
        for provider in settings.get("SupportedIdentityProviders", ()):
            if provider != "COGNITO" and provider not in pool.providers:
                raise RefusedError("InvalidParameterException")
        secret = {"ClientSecret": f"secret-{self.random.random()}"} if settings.pop("GenerateSecret") else {}
        client = settings | secret | {"ClientId": f"client{self.random.getrandbits(40)}"}
        pool.clients[client["ClientId"]] = client
        return {"UserPoolClient": client}

    def _list_resource_servers(self, members: Wire) -> Wire:
        servers = list(self._pool(members).servers.values())
        return page(servers, members, "ResourceServers", "NextToken", "MaxResults")

    def _create_resource_server(self, members: Wire) -> Wire:
        servers = self._pool(members).servers
        if members["Identifier"] in servers:
            raise RefusedError("InvalidParameterException")
        servers[members["Identifier"]] = members
        return {"ResourceServer": members}

    def _list_identity_providers(self, members: Wire) -> Wire:
        names = ("ProviderName", "ProviderType")
        providers = [{name: each[name] for name in names} for each in self._pool(members).providers.values()]
        return page(providers, members, "Providers", "NextToken", "MaxResults")

    def _describe_identity_provider(self, members: Wire) -> Wire:
        provider = self._pool(members).providers.get(members["ProviderName"])
        if provider is None:
            raise RefusedError("ResourceNotFoundException")
        return {"IdentityProvider": provider}

    def _create_identity_provider(self, members: Wire) -> Wire:
        providers = self._pool(members).providers
        if members["ProviderName"] in providers:
            raise RefusedError("DuplicateProviderException")
        providers[members["ProviderName"]] = members
        return {"IdentityProvider": members}


def custom(attribute: Wire) -> Wire:
    """Return an attribute as it is described."""
    prefix = "dev:custom:" if attribute.get("DeveloperOnlyAttribute") else "custom:"
    return attribute | {"Name": prefix + attribute["Name"]}


def page(items: Sequence[Wire], members: Wire, name: str, token: str, limit: str) -> Wire:
    """Return a page of a list; tokens are numbers with a name, so that they fit their list only."""
    kind = f"{name} {members.get('Filter', '')}{members.get('GroupName', '')}:"
    received = members.get(token, f"{kind}0")
    if not received.startswith(kind):
        raise RefusedError("InvalidParameterException")
    start = int(received.removeprefix(kind))
    end = start + members.get(limit, 60)
    more = {token: f"{kind}{end}"} if end < len(items) else {}
    return {name: list(items[start:end])} | more
