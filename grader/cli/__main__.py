"""`python -m grader.cli`, for where the `ladder` script is not on the path."""

from grader.cli import main

main()
