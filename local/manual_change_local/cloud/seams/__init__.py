"""Where the embedded cloud takes hold of moto: the only modules that touch moto's internals.

Each module is one seam and says in its docstring what it rests on; moto is pinned exactly for that reason. A seam is
open while the cloud runs: `Patches` puts everything back, so that `mock_aws` in the same process sees moto as it is.
"""
