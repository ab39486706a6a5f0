import tempfile


def place():
    return tempfile.mktemp()
