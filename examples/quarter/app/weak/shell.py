import os


def resize(name):
    os.system("convert " + name + " small.png")
