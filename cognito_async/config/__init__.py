"""Settings of a client: argument, then environment variable, then profile in the shared files, then default.

Variables and keys are those of the AWS SDKs:
https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
"""

from cognito_async.config._config import Config

__all__ = ["Config"]
