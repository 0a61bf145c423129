"""Git: repositories, objects and work trees; nothing here knows the course."""
