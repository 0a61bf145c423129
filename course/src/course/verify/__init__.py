"""`course verify`: the checks of every checkpoint, how they are run and reported."""
