"""The paths by which models of release 0.1 name their classes: ``functions.core`` finds these modules as its own."""
