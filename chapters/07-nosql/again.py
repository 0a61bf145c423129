"""End the embedded Redis, and ask it."""

from redis.exceptions import RedisError

from apps import create_app
from apps.store.redis import client

with create_app().app_context():
    client().set("kept", "yes")
    pid = client().info("server")["process_id"]
    try:
        client().shutdown()
    except RedisError as error:
        print(error)
    print(client().get("kept"), client().info("server")["process_id"] == pid)
    client().delete("kept")
