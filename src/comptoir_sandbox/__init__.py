"""Simulators of the platforms' APIs: strict, stateful servers over real HTTP. The product never imports them."""
