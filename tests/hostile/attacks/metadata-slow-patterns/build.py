def build(make):
    document = make.notebook()
    for cell in document["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["metadata"] = {}
            cell["source"] = "!ls\n" + " " * 300_000 + "x\n" + "a." * 100_000 + "!\n" + "a" * 300_000 + "?" * 300_000 + "x\n" + " =" * 100_000
    return make.with_notebook(document)
