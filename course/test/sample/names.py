"""Whom the server greets."""

NAMES = [
    "ada",
    "cleo",
]
