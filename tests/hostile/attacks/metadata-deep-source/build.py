def build(make):
    def unmarked(source):
        return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}

    document = make.notebook()
    deep = ["(" * 3000 + ")" * 3000, "-" * 20_000 + "1", "x" + ".a" * 20_000, "1" + "+1" * 20_000, "not " * 10_000 + "x",
            "x = " * 5_000 + "1", "lambda: " * 2_000 + "1", "[" * 90 + "]" * 90, "f" + "(x)" * 10_000, "x" + "[0]" * 10_000,
            "if x: pass\n" + "elif x: pass\n" * 2_000, "f'{" * 100 + "x" + "}'" * 100]  # fmt: skip
    document["cells"] = [cell for cell in document["cells"] if not cell["metadata"].get("nbgrader", {}).get("solution")]
    document["cells"] += [unmarked("double = " + source) for source in deep] + [unmarked(source) for source in deep]
    return make.with_notebook(document)
