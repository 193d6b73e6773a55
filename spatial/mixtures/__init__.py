"""Contaminants that exceed their guideline values together: by place, and by cell."""
