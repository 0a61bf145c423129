"""Ask for the chapters a thousand times: python flood.py http://127.0.0.1:5001"""

import sys
import time
from collections import Counter
from http.client import HTTPConnection
from urllib.parse import urlsplit

answers: Counter[int] = Counter()
begin = time.monotonic()
connection = HTTPConnection(urlsplit(sys.argv[1]).netloc)
for _ in range(1000):
    connection.request("GET", "/api/v1/chapters?only=slug")
    answer = connection.getresponse()
    answer.read()
    answers[answer.status] += 1
for status, many in sorted(answers.items()):
    print(f"{status}: {many} times")
print(f"{time.monotonic() - begin:.0f} s")
