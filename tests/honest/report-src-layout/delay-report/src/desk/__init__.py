"""The code of the delay report: see delay_report for the command."""
