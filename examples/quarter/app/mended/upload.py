import tempfile


def place():
    return tempfile.mkstemp()
