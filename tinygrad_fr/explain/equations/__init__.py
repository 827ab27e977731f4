"""The equations of a record: of each vertex, of the chain rule, of the course."""
