"""The command line: `gateway`."""


def main() -> None:
    """The `gateway` script of the installed package."""
    from entrypoints.cli.app import app  # here, so that importing a part does not import them all

    app(prog_name="gateway")
