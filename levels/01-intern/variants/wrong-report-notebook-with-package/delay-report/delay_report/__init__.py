"""The delay desk's monthly report: ``python -m delay_report RAW OUT`` writes ``OUT/report.csv``."""
