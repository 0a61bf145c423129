"""Kill a worker (kill -9) while it writes a note, and send the request again."""

import os
import signal
import uuid

from apps import create_app
from apps.note import domain
from apps.store.redis import client
from apps.token import domain as tokens
from apps.user.domain import find

body = {"part": "auth/", "body": "Killed", "tags": [f"killed-{uuid.uuid4().hex[:6]}"]}
key = uuid.uuid4().hex


def ask(method: str = "POST", path: str = "") -> object:
    """Ask the app as ada, with the key."""
    app = create_app()
    with app.app_context():
        token = tokens.issue(find("ada")).fields()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    sent = body if method == "POST" else None
    path = f"/api/v1/notes{path}"
    return app.test_client().open(path, method=method, json=sent, headers=headers)


def die(*args: object, **kwargs: object) -> None:
    """End this process as kill -9 does."""
    os.kill(os.getpid(), signal.SIGKILL)


if not (worker := os.fork()):
    domain.write = die
    ask()
print("the worker was killed by signal", os.waitpid(worker, 0)[1])
answer = ask()
print("again:", answer.status_code, "Retry-After:", answer.headers["Retry-After"])
with create_app().app_context():
    ada = find("ada").id
    keys = client().scan_iter(f"answer:{ada}:*")
    claim = next(key for key in keys if '"by"' in client().get(key))
    print("the claim ends within 60 s:", 0 < client().ttl(claim) <= 60)
    client().delete(claim)
print("after that:", ask().status_code)
print("notes:", len(ask("GET", f"?tag={body['tags'][0]}").json["items"]))
