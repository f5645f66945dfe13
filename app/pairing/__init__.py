"""Which events belong together. In: events of any order. Out: groups, and ties between groups.

`grouping` is the platform's own rule, `repeats` the ties that need no weighing; `suggestions` weighs near misses with
`scoring` over the `features` of two events, and `assignment` chooses among rivals.
"""
