"""Sessions with people. Nothing here yet but the place and the dependencies."""
