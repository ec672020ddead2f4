"""What `make bench` measures: a family of rows each."""
