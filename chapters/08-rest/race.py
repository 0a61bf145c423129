"""Let eight programs change a note of ada's that all of them have read."""

from collections import Counter
from threading import Barrier, Thread

from apps import create_app
from apps.token import domain as tokens
from apps.user.domain import find

app, all_have_read, statuses = create_app(), Barrier(8), Counter()
with app.app_context():
    token = tokens.issue(find("ada")).fields()["access_token"]
headers = {"Authorization": f"Bearer {token}"}
body = {"part": "auth/", "body": "Who is first?"}
note = app.test_client().post("/api/v1/notes", json=body, headers=headers).json["url"]


def change() -> None:
    """Read the note, wait for the others, and write."""
    client = app.test_client()
    tag = client.get(note, headers=headers).headers["ETag"]
    change = {"body": "I am.", "tags": [], "shared": False}
    all_have_read.wait()
    answer = client.put(note, json=change, headers=headers | {"If-Match": tag})
    statuses[answer.status_code] += 1


threads = [Thread(target=change) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(dict(sorted(statuses.items())))
print("version", app.test_client().get(note, headers=headers).json["version"])
