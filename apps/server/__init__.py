"""What `run.py` needs before and while it serves the app on your own machine."""
