"""`./run bench`: requests per second of the hot paths, as ratios to an empty Django view in the same run."""
