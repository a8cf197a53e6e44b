# %% double
import time

time.sleep(2.5)


def double(values):
    time.sleep(1.8)


# %% total
time.sleep(2.5)


def total(table):
    time.sleep(1.8)


# %% tidy
time.sleep(2.5)


def in_order(table):
    time.sleep(1.8)


# %% best
time.sleep(2.5)
best = None
