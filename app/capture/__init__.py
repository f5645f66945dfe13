"""Traffic in: the proxy in its child process and the isolated browser. In: options. Out: exchanges and notices.

`proxy` is the engine seen from here, `messages` what goes through the pipe, `engine` the child itself.
"""
