import requests


def get(url):
    return requests.get(url, verify=False, timeout=5)
