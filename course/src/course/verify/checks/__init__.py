"""The checks of `course verify`: a module for each step, named as the step is.

Each has `key`, which returns everything that its result depends on, and `check`. The
step *text* has a second module, `prose`.
"""
