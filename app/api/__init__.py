"""HTTP: routes that parse, call one service or queue one job, and answer."""
