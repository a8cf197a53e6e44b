def build(make):
    label = 'format = 1\nlevel = "01-target"\nlearner = "neighbour"\nkey = "practice"\nseed_id = "0000000000000000"\n'
    return make.with_files({".ladder.toml": label.encode()})
