def build(make):
    document = make.notebook()
    odd = [{"a": 1}, 7, [["x"], None], None, True, {"toString": "assert"}]
    for number, cell in enumerate(document["cells"]):
        cell["cell_type"] = ["raw", "markdown", "heading", 7, None][number % 5]
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = odd[number % 6]
        cell["metadata"] = cell["metadata"] if number % 2 else [cell["metadata"]]
    document["cells"] += [None, 7, "cell", [], {}, {"cell_type": "code"}, {"cell_type": "code", "metadata": {"nbgrader": [1]}}]
    return make.with_notebook(document)
