-- Overwritten, not added: services send CORS headers too, and two of them are none to a browser.
ngx.header["access-control-allow-origin"] = "*"
ngx.header["access-control-expose-headers"] = "*"
ngx.header["access-control-allow-credentials"] = nil
