"""`python -m strongback.cli`."""

from strongback.cli.main import main

main()
