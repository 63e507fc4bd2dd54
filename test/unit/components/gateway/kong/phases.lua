-- What a pre-function or post-function sees of Kong 3.9.3 and of nginx, as far as ours use it; anything else is an error.
-- Sources: kong/plugins/pre-function/_handler.lua, kong/tools/kong-lua-sandbox.lua, kong/pdk/{response,service/request}.lua,
-- and lua-nginx-module's documentation of ngx.req and ngx.header.

local request, response, upstream

local function same(a, b) return string.lower(a) == string.lower(b) end

local function get_headers(max)
  local limit = max == 0 and #request.headers or max or 100
  local found = {}
  for index, header in ipairs(request.headers) do
    if index > limit then break end
    local name = string.lower(header[1])
    local before = found[name]
    if before == nil then found[name] = header[2]
    elseif type(before) == "table" then before[#before + 1] = header[2]
    else found[name] = { before, header[2] } end
  end
  return setmetatable(found, { __index = function(_, name) return rawget(found, (string.gsub(string.lower(name), "_", "-"))) end })
end

-- The first one of that name takes the value, the others go; a new one comes last.
local function set_header(name, value)
  local kept, done = {}, value == nil
  for _, header in ipairs(request.headers) do
    if not same(header[1], name) then kept[#kept + 1] = header
    elseif not done then
      kept[#kept + 1] = { header[1], value }
      done = true
    end
  end
  if not done then kept[#kept + 1] = { name, value } end
  request.headers = kept
end

local VARIABLES = {
  request_uri = function() return request.target end,
  http_host = function() return get_headers(0).host end,
}
local UPSTREAM = { upstream_x_forwarded_host = true, upstream_x_forwarded_prefix = true }

local ngx = {
  var = setmetatable({}, {
    __index = function(_, name) return assert(VARIABLES[name], "no variable of the model: " .. name)() end,
    __newindex = function(_, name, value)
      assert(UPSTREAM[name], "no variable of the model: " .. name)
      upstream[name] = value
    end,
  }),
  req = {
    get_method = function() return request.method end,
    get_headers = get_headers,
    set_header = set_header,
    clear_header = function(name) set_header(name, nil) end,
  },
  header = setmetatable({}, { __newindex = function(_, name, value) response.headers[string.lower(name)] = value end }),
}

local EXIT = {}
local kong = {
  response = {
    exit = function(status, body, headers)
      response.status, response.body = status, body or ""
      for name, value in pairs(headers or {}) do response.headers[string.lower(name)] = value end
      error(EXIT)
    end,
  },
  service = {
    request = {
      set_header = function(name, value)
        if same(name, "host") then upstream.upstream_host = value end
        set_header(name, value)
      end,
    },
  },
}

-- What a sandboxed function finds, and no more.
local function environment()
  local env = { ngx = ngx, kong = kong, string = string, table = table, math = math }
  local names = "assert error ipairs next pairs pcall select tonumber tostring type unpack xpcall"
  for name in string.gmatch(names, "%S+") do env[name] = _G[name] end
  return env
end

local defined = {}

-- The functions of one plugin in one phase; returns their number.
function define(texts)
  local functions = {}
  for index, text in ipairs(texts) do functions[index] = assert(load(text, text, "t", environment())) end
  defined[#defined + 1] = functions
  return #defined
end

-- Runs them. A chunk that returns a function is run once, and the function from then on.
function run(number, with)
  request, response, upstream = with.request, with.response, with.upstream
  local functions = defined[number]
  for index, chunk in ipairs(functions) do
    local ok, result = pcall(chunk)
    if ok and type(result) == "function" then
      functions[index] = result
      ok, result = pcall(result)
    end
    if not ok and result ~= EXIT then error(result, 0) end
    if not ok then break end
  end
  return { request = request, response = response, upstream = upstream }
end

-- The headers that the router sees: one value each, or a list.
function routed_headers(headers)
  request = { headers = headers }
  local found = {}
  for name, value in pairs(get_headers()) do found[name] = type(value) == "table" and value or { value } end
  return found
end

-- The value of a string of Lua.
function literal(text) return load("return " .. text, "literal", "t", {})() end
