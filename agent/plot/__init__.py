"""Pictures for technicians and the town: SVG that needs no library, and shows without a network."""
