"""Ask a server once, as ada: python ask.py http://127.0.0.1:5001 /api/v2/me"""

import sys

from access_token import access_token

from client import Refused, Server

root, path = sys.argv[1:]
token = access_token(root)
try:
    print(
        Server(root, token).ask("GET", path, b"", {"Authorization": f"Bearer {token}"})
    )
except Refused as refused:
    print(refused, refused.problem, refused.retry_after)
