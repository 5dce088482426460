"""The line beside its limits: far ends in C in processes of their own, and one module for each group of figures."""
