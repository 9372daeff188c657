"""The answered trial: what a person or a model was shown, was offered and chose."""

__version__ = "0.1.0"
