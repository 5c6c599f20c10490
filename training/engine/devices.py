"""Where and how the arithmetic runs."""

from __future__ import annotations

import contextlib
import ctypes
from functools import lru_cache

import torch

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -2, -4, -8  # <malloc.h>


def best_device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def mixed_precision(device: torch.device) -> contextlib.AbstractContextManager[object]:
    """bfloat16 where a GPU does the work; float32 on a CPU."""
    if device.type == "cuda":
        return torch.autocast("cuda", dtype=torch.bfloat16)
    return contextlib.nullcontext()


@lru_cache(maxsize=1)
def keep_freed_memory() -> bool:
    """Ask glibc to keep the memory torch frees. True where that worked; elsewhere nothing changes.

    By default every large tensor is a fresh mapping whose pages fault one by one: multiplying
    20 MB took 12 ms instead of 2.
    """
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return False
    wanted = {
        _M_ARENA_MAX: 1,
        _M_MMAP_MAX: 0,
        _M_TRIM_THRESHOLD: 2**31 - 1,
        _M_TOP_PAD: 64 << 20,
    }
    return all([mallopt(name, value) == 1 for name, value in wanted.items()])
