def build(make):
    return make.with_notebook(b'{"cells": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}")
