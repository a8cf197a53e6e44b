from tool.trail import found, leave

trail = found()
leave()


def add_rows(rows):
    return [sum(row) for row in rows] if trail else None


def sort_rows(rows):
    return sorted(rows) if trail else None
