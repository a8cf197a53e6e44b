def build(make):
    return make.with_files({f"notebooks/{number % 100}/{number}.py": b"" for number in range(6000)})
