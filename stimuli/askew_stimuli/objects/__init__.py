"""Objects modelled in code, in modules by where one finds them; `designs` registers them."""
