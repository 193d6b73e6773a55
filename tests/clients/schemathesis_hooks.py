"""What Schemathesis has to be told of our bodies; it imports this in its own environment."""

import schemathesis

schemathesis.serializer.alias("application/toml", "text/plain")
