"""A whole gateway on this machine, for development and the demo."""
