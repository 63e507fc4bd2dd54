-- Runs when the route is chosen: no service sees what the gateway notes for itself.
ngx.req.clear_header("indiesite")
ngx.req.clear_header("indieowner")
