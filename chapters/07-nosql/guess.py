"""Guess somebody's password twelve times: python guess.py 127.0.0.1:5001 ada"""

import json
import sys
from http.client import HTTPConnection

room, name = sys.argv[1:]
for number in range(12):
    body = json.dumps({"name": name, "password": f"guess {number}"})
    connection = HTTPConnection(room)
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/user/login", body, headers)
    print(connection.getresponse().status, end=" ")
    connection.close()
print()
