"""The life of the configuration of a pole that runs: read anew, set from afar, taken back, kept when it is good."""
