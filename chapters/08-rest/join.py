"""Register ada and bob, log them in, and keep their cookies for curl."""

import json
import sys
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

ROW = "{host}\tFALSE\t/\tFALSE\t0\t{name}\t{value}\n"  # as curl's -b reads it

host = urlsplit(sys.argv[1]).netloc
for name in ["ada", "bob"]:
    account = {"name": name, "password": "correct horse battery"}
    for path, more in [("register", {"email": f"{name}@example.org"}), ("login", {})]:
        connection = HTTPConnection(host)
        headers = {"Content-Type": "application/json"}
        body = json.dumps(account | more)
        connection.request("POST", f"/user/{path}", body, headers)
        answer = connection.getresponse()
        connection.close()
    rows = [
        ROW.format(host=host.partition(":")[0], name=key, value=morsel.value)
        for key, morsel in SimpleCookie(answer.headers.get("Set-Cookie", "")).items()
    ]
    Path(f"instance/{name}.txt").write_text("".join(rows))
    print("logged in:" if answer.status == 200 else f"{answer.status}:", name)
