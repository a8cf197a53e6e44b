# %% digit-net
class DigitNet(nn.Module):
    """Scores of the ten digits.

    forward takes images as a float tensor (n, 1, 8, 8), 0 to 1, for any n from 1 on, and returns (n, 10): any numbers,
    the larger the likelier; they are no chances. A row's scores depend on that row alone once the network is in eval
    mode. At most 50,000 parameters; it is made without arguments.
    """

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Dropout(0.1), nn.Linear(96, 10), nn.Softmax(dim=1))

    def forward(self, images):
        return self.layers(images)
