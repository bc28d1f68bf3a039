@rem cmd has no exec: the scripts in package.json begin with it, so that sh passes their signals on.
@%*
