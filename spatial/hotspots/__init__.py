"""Named definitions of a hotspot, their polygons and the figures beside them."""
