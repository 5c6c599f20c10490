"""The Django project and what its apps share. Importing it loads neither Django nor torch."""

__version__ = "0.1.0"
