"""The database: how it is connected, what its columns hold, how it is upgraded."""
