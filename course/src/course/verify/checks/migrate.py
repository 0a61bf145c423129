"""The *migrate* step: the database goes up, down, and up to what the models say."""

import secrets

from course.run import processes
from course.verify.checkpoints import Checkpoints
from course.verify.results import Verdict

TIMEOUT_SECONDS = 600.0  # after which a command hangs
COMMANDS = ("upgrade", "downgrade base", "upgrade", "check")


def key(checkpoints: Checkpoints, number: int) -> list[object]:
    """Return what the result depends on: the code and its environment."""
    return [checkpoints.code_key(number), checkpoints.recipe(number).key]


def check(checkpoints: Checkpoints, number: int) -> Verdict:
    """Run the migrations of a checkpoint that has them."""
    if not any(path.startswith("migrations/") for path in checkpoints.code(number)):
        return Verdict(True, "has no migrations", applies=False)
    python = checkpoints.interpreter(number)
    folder = checkpoints.write(checkpoints.tree(number))
    stores = dict.fromkeys(("REDIS_URL", "MONGO_URL"), "embedded")
    told = {"SECRET_KEY": secrets.token_hex(32), **stores}
    env = processes.clean_environment(**told)
    for command in COMMANDS:
        words = [python, "-m", "flask", "--app", "apps", "db", *command.split()]
        done = processes.run(words, folder, seconds=TIMEOUT_SECONDS, env=env)
        if not done.ok:
            detail = f"flask --app apps db {command}:\n{done.output}"
            return Verdict(False, f"db {command} fails", detail)
    return Verdict(True, "up, down and up")
