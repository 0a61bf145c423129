"""Get an access token of ada's: python access_token.py http://127.0.0.1:5001"""

import base64
import json
import sys
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit


def ask(
    root: str, method: str, path: str, authorization: str, body: object = None
) -> Any:
    """Ask a server once; return its JSON."""
    connection = HTTPConnection(urlsplit(root).netloc)
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    connection.request(method, path, json.dumps(body) if body else None, headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def access_token(root: str) -> str:
    """Log in as ada, with name and password."""
    basic = base64.b64encode(b"ada:correct horse battery").decode()
    token: str = ask(root, "POST", "/user/token", f"Basic {basic}")["access_token"]
    return token


if __name__ == "__main__":
    print(access_token(sys.argv[1]))
