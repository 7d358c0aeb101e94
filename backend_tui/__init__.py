"""A whole backend in one terminal."""

__version__ = "0.1.0"
