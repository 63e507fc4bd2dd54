-- Runs in Envoy before a route is chosen, after the lines of normalizeRequest.lua. The keys are the virtual host's (envoy.ts).
function envoy_on_request(handle)
  local headers = handle:headers()
  -- Ours alone: what a client writes there says nothing.
  headers:remove("x-indie-key")
  if hasMoreThanOneKey(headers) then
    handle:respond({ [":status"] = "400", ["content-type"] = "application/json" }, MORE_THAN_ONE_KEY)
    return
  end
  local owner = normalizeRequest(headers, headers:get(":path"), handle:filterContext())
  if owner then headers:replace("x-indie-key", owner) end
  handle:clearRouteCache()
end
