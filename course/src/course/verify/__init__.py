"""`course verify`: the checks of every checkpoint, run and reported."""
