"""Test events out. In: a draft or a recorded event. Out: an answered exchange.

`sender` is the client, `tokens` where tokens come from, `batches` many sends, `faults` the fault lab, `job` sending
without a window, `sandbox` the stand-in endpoint on a port of its own.
"""
