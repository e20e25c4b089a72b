"""Rate limits that a client applies to its own requests.

::

    limiter = QuotaRateLimiter(share=0.5)  # half of the account's quotas for this process
    async with CognitoClient(region="eu-west-1", limiter=limiter) as client:
        ...

See the page "Rate limits" of the documentation.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cognito_async._endpoints.quotas import Quota
    from cognito_async.rate_limit._adaptive import AdaptiveRateLimiter
    from cognito_async.rate_limit._protocol import LimitedRequest, RateLimiter
    from cognito_async.rate_limit._quota import QuotaRateLimiter, quota_of

    __all__ = [
        "AdaptiveRateLimiter",
        "LimitedRequest",
        "Quota",
        "QuotaRateLimiter",
        "RateLimiter",
        "quota_of",
    ]
else:  # a client without limiter loads none of it
    from cognito_async._lazy import lazy_names

    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "_adaptive": ("AdaptiveRateLimiter",),
            "_protocol": ("LimitedRequest", "RateLimiter"),
            "_quota": ("Quota", "QuotaRateLimiter", "quota_of"),
        },
    )
