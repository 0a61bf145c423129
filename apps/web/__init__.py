"""What every request and every answer passes through, whichever subject it concerns."""
