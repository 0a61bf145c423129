"""What the learner does: begin a chapter, compare, try exercises, make a project."""
