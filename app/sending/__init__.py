"""Test events out. In: a draft or a recorded event. Out: an answered exchange.

`drafts` makes drafts of what was recorded, `job` sends one wherever it may go, `sender` is the client, `auth` puts the
token in its place and `tokens` says where it comes from. `batches` are many sends, `faults` the fault lab, `terminal`
sending without a window, `sandbox` the stand-in endpoint on a port of its own, `copy_as` and `paste` drafts as text.
What is one platform's own comes from its `ServerApi`; nothing here knows one by name.
"""
