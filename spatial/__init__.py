"""Where the soil is polluted, and how sure we are: arrays in, arrays out.

This package knows no HTTP, no database and no thread pool. Eastings and northings are metres,
longitudes and latitudes degrees, always in this order; concentrations are mg/kg dry mass.
"""
