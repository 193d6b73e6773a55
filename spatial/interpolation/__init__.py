"""From samples to a surface. Nothing is imported here, so that listing methods costs nothing."""
