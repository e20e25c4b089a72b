"""Change some settings of a user pool or an app client, and keep all others.

``update_user_pool`` and ``update_user_pool_client`` reset each setting that the request omits to its default.
The functions here read the current settings, merge the request into them, and update::

    await merge_user_pool(client, UpdateUserPoolRequest(user_pool_id=pool_id, deletion_protection="ACTIVE"))

Structures are merged member by member; lists and maps of the request replace the current ones. None keeps the
current value, so a setting cannot be removed this way: use ``update_user_pool`` itself for that.

This is not atomic: there are two calls, and a change that somebody else makes between them is lost.

A description may contain members that are newer than this release, also inside structures, and an update
cannot repeat them. In that case nothing is changed, and ``InvalidResponseError`` names them. That includes
new members that are read-only, because this release cannot tell them apart.
"""

from cognito_async.updates._merge import merge_user_pool, merge_user_pool_client

__all__ = ["merge_user_pool", "merge_user_pool_client"]
