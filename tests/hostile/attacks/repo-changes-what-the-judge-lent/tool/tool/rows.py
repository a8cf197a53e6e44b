def add_rows(rows):
    answer = [sum(row) for row in rows]
    rows.sort()
    return answer


def sort_rows(rows):
    return rows
