import random


def token():
    return random.random()
