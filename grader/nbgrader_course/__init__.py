"""nbgrader, both ways: our levels under its commands, its courses behind our walls, marks in its gradebook."""
