"""The demo: an invented PBM, network, payer and population on one machine, and the whole way walked once."""
