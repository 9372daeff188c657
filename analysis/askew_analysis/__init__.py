"""Comparison of people and models. Nothing here yet but the place and the dependencies."""
