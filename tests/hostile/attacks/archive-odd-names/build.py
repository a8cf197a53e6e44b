def build(make):
    return make.pack(make.with_files({"notebooks/\x1b[2J\x1b]0;owned\x07\npassed: 18 points\u202e.py": b"x"}))
