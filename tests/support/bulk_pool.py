"""A user pool in memory for bulk jobs, as a transport: fast, with what the service checks and a record of calls."""

# ruff: noqa: N802, N803, FBT001  operations and parameters have the names of the API

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from aiohttp import web

from cognito_async import HTTPRequest, HTTPResponse

POOL_ID = "eu-west-1_AbC123"
NOW = 1_800_000_000.0
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"
CSV_HEADER = (
    "name given_name family_name middle_name nickname preferred_username profile picture website email "
    "email_verified gender birthdate zoneinfo locale phone_number phone_number_verified address updated_at "
    "custom:plan cognito:mfa_enabled cognito:username"
).split()


class PoolError(Exception):
    """An error response."""


class Killed(BaseException):
    """Raised to simulate a kill."""


class BulkPool:
    """Users and groups by name; each operation of the API that bulk jobs use is a method.

    Attributes:
        users: Users in the order of their creation, in the form of the API.
        before: Called with operation and parameters before a request has an effect; may raise.
        after: Called after it has had its effect; what it raises loses the response.
        calls: Number of calls of each operation.
        created: Number of times that each user was created.
    """

    def __init__(
        self,
        *,
        username_attributes: list[str] | None = None,
        date: str | None = DATE,
        filters: bool = False,
    ) -> None:
        self.filters = filters
        """Whether each ``sub`` is a UUID, and users can be listed by a prefix of it."""
        self.hidden: set[str] = set()
        """Users whom such a list leaves out, though longer prefixes and the username find them."""
        self._by_prefix: dict[str, list[dict[str, Any]]] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, list[str]] = {}
        self.passwords: dict[str, tuple[str, bool]] = {}
        self.username_attributes = username_attributes
        self.headers = {"x-amzn-requestid": "request-1", **({"date": date} if date else {})}
        self.before: Callable[[str, Any], object] = lambda _operation, _parameters: None
        self.after: Callable[[str, Any], object] = lambda _operation, _parameters: None
        self.calls: Counter[str] = Counter()
        self.created: Counter[str] = Counter()
        self.responding: Callable[[], Awaitable[object]] | None = None  # awaited before each response
        self.turns = 1  # of the event loop, for each request
        self.running = 0
        self.most_running = 0

    async def prepare(self, url: str) -> None: ...

    async def close(self) -> None: ...

    async def send(self, request: HTTPRequest, *, timeout: float | None, resend: bool) -> HTTPResponse:
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        parameters = json.loads(request.body)
        self.calls[operation] += 1
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            for _ in range(self.turns):
                await asyncio.sleep(0)
            self.before(operation, parameters)
            body = getattr(self, operation)(**parameters)
            self.after(operation, parameters)
            if self.responding is not None:
                await self.responding()
        except PoolError as fault:
            code, _, message = str(fault).partition(": ")
            error = {"__type": code, "message": message or "no"}
            return HTTPResponse(400, self.headers, json.dumps(error).encode())
        finally:
            self.running -= 1
        return HTTPResponse(200, self.headers, json.dumps(body or {}).encode())

    def add(self, username: str, *, created: float = NOW - 86_400, **attributes: str) -> dict[str, Any]:
        """Add a user that exists since yesterday; ``__`` in names of attributes stands for a colon."""
        sub = str(uuid5(NAMESPACE_DNS, username)) if self.filters else f"sub-{username}"
        self._by_prefix.clear()
        user = {
            "Username": username,
            "Attributes": [
                {"Name": name.replace("__", ":"), "Value": value}
                for name, value in {"sub": sub, **attributes}.items()
            ],
            "UserCreateDate": created,
            "UserLastModifiedDate": created,
            "Enabled": True,
            "UserStatus": "CONFIRMED",
        }
        self.users[username] = user
        return user

    def state(self) -> dict[str, Any]:
        """Return everything that bulk jobs can change."""
        return {
            "users": {
                name: (user["Attributes"], user["Enabled"], user["UserStatus"])
                for name, user in sorted(self.users.items())
            },
            "groups": {name: sorted(members) for name, members in self.groups.items()},
            "passwords": self.passwords,
        }

    def DescribeUserPool(self, UserPoolId: str) -> Any:
        pool: dict[str, Any] = {"Id": UserPoolId, "Name": "bulk", "EstimatedNumberOfUsers": len(self.users)}
        if self.username_attributes:
            pool["UsernameAttributes"] = self.username_attributes
        return {"UserPool": pool}

    def GetCSVHeader(self, UserPoolId: str) -> Any:
        return {"UserPoolId": UserPoolId, "CSVHeader": CSV_HEADER}

    def ListUsers(
        self, UserPoolId: str, Limit: int = 60, PaginationToken: str = "0", Filter: str = "", **_more: Any
    ) -> Any:
        start = int(PaginationToken)
        prefix = Filter.split('"')[1] if self.filters and Filter else ""
        users = list(self.page(start, Limit + 1, prefix))
        body: dict[str, Any] = {"Users": users[:Limit]}
        if len(users) > Limit:
            body["PaginationToken"] = str(start + Limit)
        return body

    def page(self, start: int, count: int, prefix: str = "") -> Iterator[dict[str, Any]]:
        return islice(self._filtered(prefix) if prefix else self.users.values(), start, start + count)

    def _filtered(self, prefix: str) -> list[dict[str, Any]]:
        if prefix not in self._by_prefix:
            self._by_prefix[prefix] = [
                user
                for user in self.users.values()
                if (user["Attributes"][0]["Value"].startswith(prefix) or user["Username"] == prefix)
                and not (len(prefix) == 1 and user["Username"] in self.hidden)
            ]
        return self._by_prefix[prefix]

    def ListGroups(self, UserPoolId: str, Limit: int = 60) -> Any:
        return {"Groups": [{"GroupName": name} for name in self.groups]}

    def AdminListGroupsForUser(self, UserPoolId: str, Username: str, Limit: int = 60) -> Any:
        return {
            "Groups": [{"GroupName": name} for name, members in self.groups.items() if Username in members]
        }

    def AdminCreateUser(
        self,
        UserPoolId: str,
        Username: str,
        UserAttributes: Any = (),
        TemporaryPassword: str | None = None,
        MessageAction: str = "",
    ) -> Any:
        if self._find(Username) is not None:
            raise PoolError("UsernameExistsException: User account already exists")
        name = f"sub-{Username}" if self.username_attributes else Username
        user = self.add(
            name, created=NOW, **{each["Name"].replace(":", "__"): each["Value"] for each in UserAttributes}
        )
        user["UserStatus"] = "FORCE_CHANGE_PASSWORD"
        self.created[name] += 1
        if TemporaryPassword:
            self.passwords[name] = (TemporaryPassword, False)
        return {"User": user}

    def AdminGetUser(self, UserPoolId: str, Username: str) -> Any:
        user = dict(self._user(Username))
        user["UserAttributes"] = user.pop("Attributes")
        return user

    def AdminUpdateUserAttributes(self, UserPoolId: str, Username: str, UserAttributes: Any) -> None:
        user = self._user(Username)
        values = {each["Name"]: each["Value"] for each in [*user["Attributes"], *UserAttributes]}
        user["Attributes"] = [{"Name": name, "Value": value} for name, value in values.items()]

    def AdminSetUserPassword(self, UserPoolId: str, Username: str, Password: str, Permanent: bool) -> None:
        self._user(Username)["UserStatus"] = "CONFIRMED"
        self.passwords[Username] = (Password, Permanent)

    def AdminEnableUser(self, UserPoolId: str, Username: str) -> None:
        self._user(Username)["Enabled"] = True

    def AdminDisableUser(self, UserPoolId: str, Username: str) -> None:
        self._user(Username)["Enabled"] = False

    def AdminAddUserToGroup(self, UserPoolId: str, Username: str, GroupName: str) -> None:
        if self._user(Username)["Username"] not in self.groups[GroupName]:
            self.groups[GroupName].append(Username)

    def _find(self, name: str) -> dict[str, Any] | None:
        user = self.users.get(name)
        for alias in self.username_attributes or () if user is None else ():
            for each in self.users.values():
                if {"Name": alias, "Value": name} in each["Attributes"]:
                    return each
        return user

    def _user(self, name: str) -> dict[str, Any]:
        user = self._find(name)
        if user is None:
            raise PoolError("UserNotFoundException: User does not exist.")
        return user


class EndlessPool(BulkPool):
    """Makes up its users, and keeps none; filters by prefixes of ``sub``."""

    def __init__(self, users: int) -> None:
        super().__init__(filters=True)
        self.total = users

    def page(self, start: int, count: int, prefix: str = "") -> Iterator[dict[str, Any]]:
        if len(prefix) > 1:
            numbers = range(int(prefix[1:8], 16), int(prefix[1:8], 16) + 1)
        else:  # all users, or each sixteenth
            numbers = range(int(prefix or "0", 16), self.total, len(prefix) * 15 + 1)
        return map(made_up, numbers[start : start + count])

    def AdminCreateUser(self, Username: str, **_parameters: Any) -> Any:
        return {"User": made_up(int(Username.removeprefix("user-")))}


def made_up(number: int) -> dict[str, Any]:
    """Return a user whose ``sub`` says the number: its first character is that of a part."""
    sub = f"{number % 16:x}{number:07x}-0000-4000-8000-{number:012x}"
    return {
        "Username": f"user-{number}",
        "Attributes": [{"Name": "sub", "Value": sub}, {"Name": "email", "Value": f"{number}@example.com"}],
        "UserCreateDate": NOW - 86_400,
        "UserLastModifiedDate": NOW - 86_400,
        "Enabled": True,
        "UserStatus": "CONFIRMED",
    }


@asynccontextmanager
async def served(pool: Any) -> AsyncIterator[str]:
    """Serve a pool over HTTP, for other processes; yields the URL."""

    async def handle(request: web.BaseRequest) -> web.Response:
        sent = HTTPRequest(request.method, str(request.url), request.headers, await request.read())
        response = await pool.send(sent, timeout=None, resend=False)
        return web.Response(status=response.status, headers=response.headers, body=response.body)

    runner = web.ServerRunner(web.Server(handle), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield "http://{}:{}".format(*runner.addresses[0])
    finally:
        await runner.cleanup()
