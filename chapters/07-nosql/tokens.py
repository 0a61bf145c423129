"""Get, use, renew or revoke ada's tokens: python tokens.py 127.0.0.1:5001 get one"""

import base64
import json
import sys
from http.client import HTTPConnection
from pathlib import Path

room, what, name = sys.argv[1:]
file = Path("instance") / f"{name}.tokens"
kept = json.loads(file.read_text()) if file.exists() else {}
basic = base64.b64encode(b"ada:correct horse battery").decode()
bearer = {"Authorization": f"Bearer {kept.get('access_token')}"}
method, path, headers = {
    "get": ("POST", "/user/token", {"Authorization": f"Basic {basic}"}),
    "use": ("GET", "/user/me", bearer),
    "renew": ("POST", "/user/token/refresh", {"Content-Type": "application/json"}),
    "revoke": ("DELETE", "/user/token", bearer),
}[what]
body = json.dumps({"refresh_token": kept.get("refresh_token")})
connection = HTTPConnection(room)
connection.request(method, path, body if what == "renew" else None, headers)
answer = connection.getresponse()
text = answer.read()
if what in ("get", "renew") and answer.status == 200:
    file.write_bytes(text)
print(answer.status)
connection.close()
