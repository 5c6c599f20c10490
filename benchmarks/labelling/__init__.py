"""The same labelling work against any server.

`protocol` says what a server under test is; `platform`, `bare` and `label_studio` are three of
them. `workload` has annotators label there and measures; `processes` reads what that cost.
"""
