def build(make):
    document = make.notebook()
    known = "import pandas as pd\nreadings = pd.DataFrame({'station': ['S000'], 'value': [7]})\n"
    for cell in document["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if grade_id == "load":
            cell["source"] = known
        elif grade_id == "best":
            cell["source"] = known + "best = 7"
        elif grade_id == "tidy":
            cell["source"] = "def in_order(table):\n    return readings"
    tree = make.with_notebook(document)
    return type(tree)({**tree.files, "data/01-sums/readings.csv": b"station,value\nS000,7\n"})
