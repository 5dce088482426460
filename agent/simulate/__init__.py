"""The simulated street behind `lamppost demo`: real protocols, simulated devices. Only agent.cli imports it."""
