-- Brings what clients may send into one form, before a route is chosen; knows no key and no project.
-- The same rules as upstream's filters 1 and 6 (facts/upstream.md §2.3).
function envoy_on_request(handle)
  local headers = handle:headers()

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
    if key then headers:replace("apikey", key) end
  end

  -- Without a user's token the key itself says who is asking. A real token passes untouched.
  local authorization = headers:get("authorization")
  if key and (authorization == nil or string.sub(authorization, 1, 7) ~= "Bearer "
      or string.sub(authorization, 1, 10) == "Bearer sb_") then
    headers:replace("authorization", "Bearer " .. key)
  end

  handle:clearRouteCache()
end
