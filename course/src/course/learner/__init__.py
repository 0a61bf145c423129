"""What the learner does: begin, compare, try exercises, make a project."""
