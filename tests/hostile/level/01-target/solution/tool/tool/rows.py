"""Rows of numbers."""


def add_rows(rows):
    return [sum(row) for row in rows]


def sort_rows(rows):
    return sorted(rows)
