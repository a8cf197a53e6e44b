def build(make):
    document = make.notebook()
    document["cells"] = [cell for cell in document["cells"] if not cell["metadata"].get("nbgrader", {}).get("solution")]
    heavy = "x = [" + "f(a,b)," * 25_000 + "]\n"
    document["cells"] += [
        {"cell_type": "code", "metadata": {}, "source": heavy, "outputs": [], "execution_count": None} for _ in range(80)
    ]
    return make.with_notebook(document)
