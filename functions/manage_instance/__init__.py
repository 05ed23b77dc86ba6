"""The admin API: clients, servers, instances and what can be done with them."""
