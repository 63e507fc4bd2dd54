-- Brings what clients may send into one form, and says whose key it is. The same rules as upstream's filters 1 to 6
-- (facts/upstream.md §2.3). Every gateway puts lines of its own after these (envoy.lua, kong/rewrite.lua).
--
-- headers: an object with the methods of Envoy's: get, replace, remove, getNumValues.
-- target: the path with its query, as the client sent it.
-- keys: an object whose method get says what a key stands for at this host (decisions.ts, knownKeys); nil for any other text.
-- Returns the key's owner, "<project> <role>".
local function normalizeRequest(headers, target, keys)
  -- Realtime believes it: only what is set below may be in it.
  headers:remove("x-api-key")

  local key = headers:get("apikey")
  if key == nil then
    local query = string.match(target, "%?(.*)$")
    key = query and (string.match(query, "^apikey=([^&]*)") or string.match(query, "&apikey=([^&]*)"))
  end
  if key == nil or key == "" then return nil end

  local known = keys:get(key)
  -- A publishable or secret key is nothing that a service could check: it gets the token that the key stands for.
  key = known and known.token or key
  headers:replace("apikey", key)
  -- Realtime reads it before its query string, which still holds what the client sent.
  headers:replace("x-api-key", key)

  -- Without a user's token the key itself says who is asking. A real token passes untouched.
  local authorization = headers:get("authorization")
  if authorization == nil or string.sub(authorization, 1, 7) ~= "Bearer " or string.sub(authorization, 1, 10) == "Bearer sb_" then
    headers:replace("authorization", "Bearer " .. key)
  end
  return known and known.key
end

-- Two keys in one request: whichever we took, another hop might take the other one.
local MORE_THAN_ONE_KEY = '{"message":"More than one apikey header"}'
local function hasMoreThanOneKey(headers) return headers:getNumValues("apikey") > 1 end
