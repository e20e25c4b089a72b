"""What users get wrong: every line marked ``# error`` has to be reported by mypy and by pyright."""

from cognito_async import CognitoClient, errors, types
from cognito_async.types import NoSuchShapeEither  # error


async def wrong(client: CognitoClient) -> None:
    await client.admin_get_user(user_pool_id="p", usernam="u")  # error
    await client.admin_get_user(user_pool_id="p")  # error
    await client.admin_get_user("p", "u")  # error
    await client.admin_get_user(user_pool_id=5, username="u")  # error
    await client.admin_create_user(user_pool_id="p", username="u", message_action="SUPRESS")  # error
    await client.admin_create_user(user_pool_id="p", username="u", user_attributes=[5])  # error
    await client.admin_get_usr(user_pool_id="p", username="u")  # error
    await client.initiate_auth(client_id="c", auth_flow="PASSWORD")  # error
    await client.send(types.AttributeType(name="a"))  # error
    answer = await client.admin_get_user(user_pool_id="p", username="u")
    print(answer.user_name)  # error
    answer.username = "other"  # error
    tokens = await client.initiate_auth(client_id="c", auth_flow="USER_AUTH")
    print(tokens.authentication_result.access_token)  # error


print(types.NoSuchShape)  # error
print(errors.NoSuchException)  # error
types.AttributeType(nam="a")  # error
types.AttributeType()  # error
CognitoClient("eu-west-1")  # error
CognitoClient(credentials="AKID")  # error
print(NoSuchShapeEither)
