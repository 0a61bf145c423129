"""End the app's Redis without a farewell, and say whether another one answers."""

import os
import signal

from apps import create_app
from apps.store.redis import client

with create_app().app_context():
    pid = client().info("server")["process_id"]
    os.kill(pid, signal.SIGKILL)
    print("killed; another one answers:", client().info("server")["process_id"] != pid)
