"""The simulator as an acquirer of its own: an HTTP service that can be told to misbehave."""
