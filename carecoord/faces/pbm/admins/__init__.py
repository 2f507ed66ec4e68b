"""The models that the PBM site shows, room by room. Importing this registers them."""

from . import feeds, network, programmes  # noqa: F401 - registered on import
