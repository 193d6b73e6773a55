"""Values below detection limits, summarised without dropping or inventing any."""
