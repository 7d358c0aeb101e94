"""The bundled shop: a real Django project that the workbench explores over the wire."""

__version__ = "0.1.0"
