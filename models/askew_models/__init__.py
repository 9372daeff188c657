"""Models as observers. Nothing here yet but the place and the dependencies."""
