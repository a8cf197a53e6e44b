# %% digits
def fit_digits(images, labels, seed=0):
    """A trained DigitNet.

    images: (n, 8, 8), numbers from 0 to 16. labels: n whole numbers from 0 to 9. The same seed, the same network.
    """
    return trained(DigitNet, np.asarray(images, dtype=np.float32)[:, None], labels, seed, epochs=12)


def digit_chances(net, images):
    """The chances of the ten digits, (n, 10) for images (n, 8, 8), (10,) for one image (8, 8); each row adds up to 1.

    net: as fit_digits returns it, or any other network that gives ten scores. images: numbers from 0 to 16, whole or
    not; they are left as they are.
    """
    images = np.asarray(images)
    scores = outputs(net, _small(images if images.ndim == 3 else images[None])).astype(float)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances = powers / powers.sum(axis=1, keepdims=True)
    return chances if images.ndim == 3 else chances[0]


def _small(images):
    """(n, 8, 8) from 0 to 16 as (n, 1, 8, 8) from 0 to 1."""
    return np.asarray(images, dtype=np.float32)[:, None] / 16
