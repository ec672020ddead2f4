"""`python -m entrypoints.cli`, which is `gateway` where no script is installed."""

from entrypoints.cli import main

main()
