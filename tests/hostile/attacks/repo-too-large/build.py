import os


def build(make):
    return make.with_files({f"tool/large/{number}.bin": os.urandom(1 << 20) * 4 for number in range(12)})
