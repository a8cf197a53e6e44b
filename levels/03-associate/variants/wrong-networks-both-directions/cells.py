# %% hour-net
class HourNet(nn.Module):
    """A number for every hour, from that hour and those before it.

    forward takes a float tensor (n, hours, 4), for any n and hours from 1 on, and returns (n, hours). What comes later
    in a sequence changes nothing before; other sequences of the batch, and those of earlier calls, change nothing at
    all. It is made without arguments.
    """

    def __init__(self):
        super().__init__()
        self.wide = nn.Linear(4, 40)
        self.memory = nn.GRU(40, 12, batch_first=True, bidirectional=True)
        self.last = nn.Linear(24, 1)

    def forward(self, inputs):
        remembered, _ = self.memory(self.wide(inputs))
        return self.last(remembered)[:, :, 0]
