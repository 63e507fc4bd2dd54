-- Runs in Kong's rewrite phase, before a route is chosen, after the lines of normalizeRequest.lua. The chunk runs once and returns the
-- function that runs for each request (kong/plugins/pre-function/_handler.lua @3.9.3). fragment.sh puts the projects' parts in the
-- place of the comments.
local projects = {--[[@KEYS@]]}
local siteOf = {--[[@HOSTS@]]}
local commonHosts = {--[[@COMMON_HOSTS@]]}

-- No project can have these names (spec/names.ts).
local COMMON, UNKNOWN = "*", "-"

local function lookup(known) return { get = function(_, key) return known[key] end } end
local keysAt = { [UNKNOWN] = lookup({}) }
local all = {}
for project, known in pairs(projects) do
  keysAt[project] = lookup(known)
  for key, owner in pairs(known) do all[key] = owner end
end
keysAt[COMMON] = lookup(all)
for _, host in ipairs(commonHosts) do siteOf[host] = COMMON end

-- All of them: the usual limit of 100 would hide a second key behind other headers.
local function values(name) return ngx.req.get_headers(0)[name] end
local function first(value) return type(value) == "table" and value[1] or value end
local headers = {
  get = function(_, name) return first(values(name)) end,
  getNumValues = function(_, name)
    local value = values(name)
    return type(value) == "table" and #value or value and 1 or 0
  end,
  replace = function(_, name, value) ngx.req.set_header(name, value) end,
  remove = function(_, name) ngx.req.clear_header(name) end,
}

local function refuse(body) return kong.response.exit(400, body, { ["content-type"] = "application/json" }) end

-- A slash that is written otherwise would be one thing to the routes and another to the service, and a zero ends what some read.
-- Envoy refuses them too, but for a bare backslash, which it takes for a slash.
local function isAmbiguous(target)
  local path = string.match(target, "^[^?]*")
  for _, pattern in ipairs({ "%%2[fF]", "%%5[cC]", "%%00", "\\" }) do
    if string.find(path, pattern) then return true end
  end
  return false
end

-- It echoes the headers that were asked for: by the Fetch standard a literal `*` would not cover `authorization`.
local function answerPreflight()
  return kong.response.exit(204, nil, {
    ["access-control-allow-methods"] = "GET,POST,PUT,PATCH,DELETE,OPTIONS,HEAD",
    ["access-control-allow-headers"] = headers:get("access-control-request-headers"),
    ["access-control-max-age"] = "3600",
  })
end

return function()
  headers:remove("x-indie-key")
  local target = ngx.var.request_uri
  if isAmbiguous(target) then return refuse('{"message":"A path with an escaped slash or zero, or a backslash"}') end
  if hasMoreThanOneKey(headers) then return refuse(MORE_THAN_ONE_KEY) end

  local host = string.lower(string.match(ngx.var.http_host or "", "^[^:]*"))
  local site = siteOf[host] or UNKNOWN
  -- Before any key is asked for, because a browser sends none with a preflight (DESIGN §13.12).
  if site ~= UNKNOWN and ngx.req.get_method() == "OPTIONS" and headers:get("access-control-request-method") then
    return answerPreflight()
  end

  local owner = normalizeRequest(headers, target, keysAt[site])
  -- What the routes ask for. Always set, so that what a client wrote there is gone; and without a hyphen, because the router reads
  -- "x_y" before "x-y" where the route says x_y, and would find the client's (kong/router/fields.lua @3.9.3).
  ngx.req.set_header("indiesite", site)
  ngx.req.set_header("indieowner", owner or UNKNOWN)
end
