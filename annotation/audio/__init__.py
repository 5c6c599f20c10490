"""Reading sound that came from outside, and what is made from it. Pure: no Django.

`prepare_clip` is the whole path from a file to its figures and derivatives; services run it in a
limited child (`speecheq.limits`), because decoders meet hostile files.
"""
