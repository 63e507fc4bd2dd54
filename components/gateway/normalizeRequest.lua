-- Brings what clients may send into one form, and says whose key it is, before a route is chosen. The same rules as upstream's
-- filters 1 to 6 (facts/upstream.md §2.3). The keys are the virtual host's (envoy.ts, keyContext): by each key, what it stands for.
function envoy_on_request(handle)
  local headers = handle:headers()
  -- Ours alone: what a client writes there says nothing.
  headers:remove("x-indie-key")
  headers:remove("x-api-key")

  -- Two keys in one request: whichever we took, another hop might take the other one.
  if headers:getNumValues("apikey") > 1 then
    handle:respond({ [":status"] = "400", ["content-type"] = "application/json" },
      '{"message":"More than one apikey header"}')
    return
  end

  local key = headers:get("apikey")
  if key == nil then
    local query = string.match(headers:get(":path"), "%?(.*)$")
    key = query and (string.match(query, "^apikey=([^&]*)") or string.match(query, "&apikey=([^&]*)"))
  end

  if key and key ~= "" then
    local known = handle:filterContext():get(key)
    if known then
      headers:replace("x-indie-key", known.key)
      -- A publishable or secret key is nothing that a service could check: it gets the token that the key stands for.
      key = known.token or key
    end
    headers:replace("apikey", key)
    -- Realtime reads it before its query string, which still holds what the client sent.
    headers:replace("x-api-key", key)
  end

  -- Without a user's token the key itself says who is asking. A real token passes untouched.
  local authorization = headers:get("authorization")
  if key and key ~= "" and (authorization == nil or string.sub(authorization, 1, 7) ~= "Bearer "
      or string.sub(authorization, 1, 10) == "Bearer sb_") then
    headers:replace("authorization", "Bearer " .. key)
  end

  handle:clearRouteCache()
end
