"""The checks of `course verify`: a module a step, each with `key` and `check`."""
