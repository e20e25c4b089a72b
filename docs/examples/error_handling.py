"""Which errors to catch: a sign-in that handles every kind of error.

``python error_handling.py ana --client-id 4abc...`` prompts for the password and prints the result. The
region comes from the environment or a profile, as with the AWS CLI. AWS credentials are not needed.

There are three kinds of errors:

* User errors, such as a wrong password or an unconfirmed account. Tell the user what to do.
* Failures of the service or the network, such as throttling or a timeout. The client has retried already.
  Tell the user to try again later.
* Our own errors, such as a wrong app client id, a disabled flow or a parameter of the wrong type. Do not
  catch them.
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
    """Result of a sign-in, with a message for the user."""

    result: Result
    text: str


async def sign_in(
    client: CognitoClient, client_id: str, username: str, password: str, seconds: float
) -> Outcome:
    """Sign in and greet the user; return within ``seconds`` in every case.

    Raises:
        CognitoError: The request or the configuration is wrong; no user can fix it.
    """
    try:
        # One deadline for both calls. The client's own ``timeout`` applies to each call with its retries.
        async with asyncio.timeout(seconds):
            return await _sign_in(client, client_id, username, password)

    # User errors. Each exception means one situation, so each has its own message.
    except UserNotConfirmedException:
        return Outcome(Result.REFUSED, "Enter the code that we sent you first.")
    except PasswordResetRequiredException:
        return Outcome(Result.REFUSED, "Your password was reset. Choose a new one.")
    except (NotAuthorizedException, UserNotFoundException):
        # The same message for both: a difference would reveal who has an account. NotAuthorizedException is
        # also raised for a lockout after too many wrong passwords and for a disabled user; only error.message
        # differs.
        return Outcome(Result.REFUSED, "Username or password is wrong.")
    except UserLambdaValidationException as error:
        # Raised by a Lambda trigger of the pool, which is your code: its message is meant for the user.
        return Outcome(Result.REFUSED, error.message)

    # Temporary failures. The client has retried them as far as that is safe.
    except ServiceError as error:
        if not error.retryable:
            raise  # our own error: ResourceNotFoundException, InvalidParameterException, ...
        # str(error) contains the operation, code and request id, and never a secret.
        logger.warning("%s; %s", error, "throttled" if error.throttling else "service fault")
        return Outcome(Result.LATER, "Too busy right now. Try again in a minute.")
    except RequestTimeoutError as error:  # a subclass of TimeoutError, so it must come first
        logger.warning("%s", error)
        return Outcome(Result.LATER, "This takes too long. Try again in a minute.")
    except TransportError as error:
        # No response. may_have_arrived is True if the service may have processed the request all the same.
        logger.warning("%s; %s", error, "may have arrived" if error.may_have_arrived else "nothing was sent")
        return Outcome(Result.LATER, "No connection. Try again in a minute.")
    except TimeoutError:
        logger.warning("no response in %g s", seconds)
        return Outcome(Result.LATER, "This takes too long. Try again in a minute.")


async def _sign_in(client: CognitoClient, client_id: str, username: str, password: str) -> Outcome:
    response = await client.initiate_auth(
        client_id=client_id,
        auth_flow="USER_PASSWORD_AUTH",
        auth_parameters={"USERNAME": username, "PASSWORD": password},
    )
    if response.authentication_result is None or response.authentication_result.access_token is None:
        # Not an error: Cognito requires a code, a new password or the like. The next call takes the session.
        return Outcome(Result.CHALLENGE, f"Continue with {response.challenge_name}.")
    # This call is less important: shorter timeout and fewer retries, on the same connections.
    quick = client.with_options(timeout=2, retries=1)
    me = await quick.get_user(access_token=response.authentication_result.access_token)
    return Outcome(Result.SIGNED_IN, f"Hello {me.username}.")


def parse() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Sign in to a Cognito user pool and print the result.")
    parser.add_argument("username", help="user to sign in")
    client_id = os.environ.get("COGNITO_CLIENT_ID")
    parser.add_argument(
        "--client-id",
        default=client_id,
        required=client_id is None,
        help="app client without a secret that allows USER_PASSWORD_AUTH; default: COGNITO_CLIENT_ID",
    )
    parser.add_argument("--deadline", type=float, default=10, metavar="SECONDS", help="default: 10")
    return parser.parse_args()


async def run(arguments: argparse.Namespace, password: str) -> Outcome:
    """Sign in with a new client."""
    async with CognitoClient() as client:
        return await sign_in(client, arguments.client_id, arguments.username, password, arguments.deadline)


def main() -> int:
    """Prompt for the password, sign in and print the result."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    arguments = parse()
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        outcome = asyncio.run(run(arguments, password))
    except InvalidRequestError as error:
        # Raised before anything was sent, with one problem for each parameter and passwords masked.
        logger.critical("bug in this program: %s", error)
        return 2
    except CognitoError as error:
        # Wrong client id, no region, a disabled flow: the operator of the service must know.
        logger.critical("configuration error: %s", error)
        return 2
    print(f"{outcome.result.value}: {outcome.text}")
    return 0 if outcome.result is Result.SIGNED_IN else 1


if __name__ == "__main__":
    sys.exit(main())
