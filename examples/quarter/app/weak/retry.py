def quietly(call):
    try:
        call()
    except Exception:
        pass
