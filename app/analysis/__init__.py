"""The session as it is understood. In: events. Out: judged groups, findings, totals.

`engine` ties pairing and checks together, `totals` keeps the `summary` in step, `filters` is the filter's language, and
`memory` is what a session of a million events keeps of each.
"""
