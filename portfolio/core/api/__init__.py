"""What every endpoint shares. A leaf: it knows none of the apps."""
