def build(make):
    return make.with_files({".ladder.toml": b"format = 1\nlevel = " + b"[" * 30_000})
