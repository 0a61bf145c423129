"""Get an access token of ada's: python access_token.py http://127.0.0.1:5001"""

import base64
import json
import sys
from urllib.request import Request, urlopen


def access_token(root: str) -> str:
    """Log in as ada, with name and password."""
    basic = base64.b64encode(b"ada:correct horse battery").decode()
    headers = {"Authorization": f"Basic {basic}"}
    request = Request(f"{root}/user/token", headers=headers, method="POST")
    with urlopen(request) as answer:
        token: str = json.load(answer)["access_token"]
    return token


if __name__ == "__main__":
    print(access_token(sys.argv[1]))
