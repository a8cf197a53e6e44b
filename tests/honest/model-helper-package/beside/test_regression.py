from regression import sigmoid


def test_half():
    assert sigmoid(0) == 0.5
