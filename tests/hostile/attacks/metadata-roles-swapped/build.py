def build(make):
    document = make.notebook()
    for cell in document["cells"]:
        marks = cell["metadata"].get("nbgrader")
        if marks:
            marks["grade"], marks["solution"], marks["locked"] = marks["solution"], marks["locked"], marks["grade"]
            if marks["grade_id"] in ("setup", "load"):
                cell["source"] = "readings = pd = np = type('Always', (), {'__getattr__': lambda self, name: self})()"
    return make.with_notebook(document)
