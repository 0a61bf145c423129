"""The tool of the Lectern course: weaves checkpoints, types the text, guides the learner."""
