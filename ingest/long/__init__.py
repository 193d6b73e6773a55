"""Files with a row per result: analytes, flags, limits and units read row by row."""
