"""Red, yellow, green: computed by a policy, overridden or exempted by people."""
