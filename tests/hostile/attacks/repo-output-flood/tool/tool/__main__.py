import os

for _ in range(150):
    os.write(1, b"passed\n" * 150_000)
    os.write(2, b"passed\n" * 150_000)
