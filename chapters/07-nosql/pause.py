"""Have Redis answer nobody for 20 seconds."""

import sys

from redis import Redis

Redis.from_url(sys.argv[1]).client_pause(20_000)
