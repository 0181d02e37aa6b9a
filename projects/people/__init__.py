"""People and the departments that they answer for; who signs in; which days are worked."""
