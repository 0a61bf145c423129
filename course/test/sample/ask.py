"""Ask the server for a greeting."""

import sys
from urllib.request import urlopen

print(urlopen(f"http://127.0.0.1:{sys.argv[1]}/").read().decode(), end="")
