"""What is woven: the annotated tree, its manifests, and the weaver."""
