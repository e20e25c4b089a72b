"""What to catch when: a sign-in that has an answer for everything that can go wrong.

``python error_handling.py ana --client-id 4abc...`` asks for the password and says how it went. The region
comes from the environment or a profile, as with the tools of AWS. AWS credentials are not needed.

Errors come in layers, and each layer is somebody else's business:

* the user's: a wrong password, no confirmation yet. Say what to do.
* the service's or the network's: throttling, a timeout. The client has retried already. Say: later.
* ours: a wrong app client id, a flow that is switched off, a parameter of the wrong type. Let it out.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import logging
import os
import sys
from dataclasses import dataclass
from enum import Enum

from cognito_async import CognitoClient
from cognito_async.errors import (
    CognitoError,
    InvalidRequestError,
    NotAuthorizedException,
    PasswordResetRequiredException,
    RequestTimeoutError,
    ServiceError,
    TransportError,
    UserLambdaValidationException,
    UserNotConfirmedException,
    UserNotFoundException,
)

logger = logging.getLogger("sign-in")


class Result(Enum):
    """What the caller has to do next."""

    SIGNED_IN = "signed in"
    CHALLENGE = "one more step"
    REFUSED = "refused"
    LATER = "try again later"


@dataclass(frozen=True)
class Outcome:
    """How a sign-in went, in words for the user."""

    result: Result
    text: str


async def sign_in(
    client: CognitoClient, client_id: str, username: str, password: str, seconds: float
) -> Outcome:
    """Sign in and greet; answer within ``seconds``, whatever happens.

    Raises:
        CognitoError: Something of ours is wrong; no user can mend it.
    """
    try:
        # One deadline for both calls. The client's own ``timeout`` is for each call with its retries.
        async with asyncio.timeout(seconds):
            return await _sign_in(client, client_id, username, password)

    # The user's business. Each of these names a single situation, so each has its own answer.
    except UserNotConfirmedException:
        return Outcome(Result.REFUSED, "Enter the code that we sent you first.")
    except PasswordResetRequiredException:
        return Outcome(Result.REFUSED, "Your password was reset. Choose a new one.")
    except (NotAuthorizedException, UserNotFoundException):
        # One answer for both: the difference tells strangers who has an account. A lockout after too many
        # wrong passwords and a disabled user are NotAuthorizedException too, told apart by error.message.
        return Outcome(Result.REFUSED, "Username or password is wrong.")
    except UserLambdaValidationException as error:
        # Raised by a trigger of the pool, which is your code: its words are for the user.
        return Outcome(Result.REFUSED, error.message)

    # Only time helps. All three have been retried as far as that is safe.
    except ServiceError as error:
        if not error.retryable:
            raise  # ours: ResourceNotFoundException, InvalidParameterException, ...
        # str(error) has operation, code and request id, and never a secret.
        logger.warning("%s; %s", error, "slow down" if error.throttling else "the service's fault")
        return Outcome(Result.LATER, "Too busy right now. Try again in a minute.")
    except RequestTimeoutError as error:  # also a TimeoutError, so it goes before that
        logger.warning("%s", error)
        return Outcome(Result.LATER, "This takes too long. Try again in a minute.")
    except TransportError as error:
        # No answer. Where that matters: may_have_arrived says whether it can have happened all the same.
        logger.warning("%s; %s", error, "unclear" if error.may_have_arrived else "nothing was sent")
        return Outcome(Result.LATER, "No connection. Try again in a minute.")
    except TimeoutError:
        logger.warning("no answer in %g s", seconds)
        return Outcome(Result.LATER, "This takes too long. Try again in a minute.")


async def _sign_in(client: CognitoClient, client_id: str, username: str, password: str) -> Outcome:
    answer = await client.initiate_auth(
        client_id=client_id,
        auth_flow="USER_PASSWORD_AUTH",
        auth_parameters={"USERNAME": username, "PASSWORD": password},
    )
    if answer.authentication_result is None or answer.authentication_result.access_token is None:
        # No error: a code, a new password or the like is asked for. The session goes with the next call.
        return Outcome(Result.CHALLENGE, f"Go on with {answer.challenge_name}.")
    # For a call that is not worth much waiting: its own options, the same connections.
    quick = client.with_options(timeout=2, retries=1)
    me = await quick.get_user(access_token=answer.authentication_result.access_token)
    return Outcome(Result.SIGNED_IN, f"Hello {me.username}.")


def parse() -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description="Sign in to a Cognito user pool and say how it went.")
    parser.add_argument("username", help="who signs in")
    client_id = os.environ.get("COGNITO_CLIENT_ID")
    parser.add_argument(
        "--client-id",
        default=client_id,
        required=client_id is None,
        help="id of an app client without a secret that allows USER_PASSWORD_AUTH; else COGNITO_CLIENT_ID",
    )
    parser.add_argument("--deadline", type=float, default=10, metavar="SECONDS", help="default: 10")
    return parser.parse_args()


async def run(arguments: argparse.Namespace, password: str) -> Outcome:
    """Sign in with a client of its own."""
    async with CognitoClient() as client:
        return await sign_in(client, arguments.client_id, arguments.username, password, arguments.deadline)


def main() -> int:
    """Ask for the password, sign in, and say how it went."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    arguments = parse()
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        outcome = asyncio.run(run(arguments, password))
    except InvalidRequestError as error:
        # Refused before anything was sent; one problem for each parameter, passwords masked.
        logger.critical("a mistake in this program: %s", error)
        return 2
    except CognitoError as error:
        # Wrong client id, no region, a flow that is switched off: whoever runs the service has to know.
        logger.critical("set up wrongly: %s", error)
        return 2
    print(f"{outcome.result.value}: {outcome.text}")
    return 0 if outcome.result is Result.SIGNED_IN else 1


if __name__ == "__main__":
    sys.exit(main())
