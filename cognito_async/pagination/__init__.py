"""Lists that the service returns page by page, as async iterables.

::

    pages = client.get_paginator("list_users").paginate(user_pool_id=pool_id)
    async for page in pages: ...                # types.ListUsersResponse
    async for user in pages.items(): ...        # types.UserType
    users = await pages.collect()

``paginate`` sends nothing, and each iteration starts at the beginning. If a page fails, its error has a
``resume_token``; ``paginate(starting_token=...)`` continues there.
"""

from cognito_async.pagination._pages import Pages, Pagination
from cognito_async.pagination._paginator import Paginator

__all__ = ["Pages", "Pagination", "Paginator"]
