def quietly(call, log):
    try:
        call()
    except OSError as error:
        log(error)
