"""The settings: where they are read from, and how each is checked."""
