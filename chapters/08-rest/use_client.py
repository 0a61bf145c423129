"""Use client.py as ada: python use_client.py http://127.0.0.1:5001 list NUMBER

Or: write PART BODY [TAG ...]; or: upload FILE TYPE.
"""

import sys
from itertools import islice
from pathlib import Path

from access_token import access_token

from client import Client, Server

root, what, *rest = sys.argv[1:]
client = Client(Server(root, access_token(root)))
if what == "list":
    for note in islice(client.notes(), int(rest[0])):
        print(note["part"], note["body"], note["tags"])
elif what == "write":
    print("written:", client.write(*rest)["part"])
elif what == "upload":
    file = client.upload(Path(rest[0]), rest[1])
    print("stored:", file["name"], file["size"], file["sha256"][:12])
