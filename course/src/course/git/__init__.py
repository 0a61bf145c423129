"""Git: commands, repositories, objects, work trees. Nothing here knows the course."""
