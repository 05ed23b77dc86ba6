"""The demo fleet: simulated gateways with every known trouble, each to be solved from the page."""

from local.demo.setup import Demo as Demo
