-- Posts one body after the other, or holds one quote after the other; counts what is not a 200.
-- Arguments: `quotes` or `holds`; file of bodies or ids, one a line; the key; for quotes a file
-- name to which each thread adds its number and writes the ids that were answered, or nothing.
local threads = {}
n_bad = 0
n_empty = 0

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(args)
  kind, ids_to = args[1], args[4]
  bodies, ids = {}, {}
  for line in io.lines(args[2]) do table.insert(bodies, line) end
  headers = { ["Authorization"] = "Bearer " .. args[3], ["Content-Type"] = "application/json" }
  -- Threads start apart; a quote is held by one of them only.
  at = kind == "holds" and number or math.floor(#bodies / 2) * number
  step = kind == "holds" and 2 or 1
  requests = {}
  for place, body in ipairs(bodies) do
    if kind == "quotes" then
      requests[place] = wrk.format("POST", "/v1/quotes", headers, body)
    else
      requests[place] = wrk.format("POST", "/v1/quotes/" .. body .. "/hold", headers)
    end
  end
  if not ids_to then response = counted end
end

function request()
  at = at + step
  if at > #requests then
    -- The same hold again would be answered from what is held: a figure of something else.
    if kind == "holds" then n_empty = n_empty + 1 end
    at = (at - 1) % #requests + 1
  end
  return requests[at]
end

function counted(status)
  if status ~= 200 then n_bad = n_bad + 1 end
end

function response(status, _, body)
  counted(status)
  if status == 200 then table.insert(ids, body:match('"id":"(quo_[^"]+)"')) end
end

function all_ids()
  return table.concat(ids, "\n")
end

function done(summary, latency)
  local bad, empty = 0, 0
  for number, thread in ipairs(threads) do
    bad, empty = bad + thread:get("n_bad"), empty + thread:get("n_empty")
    local to = thread:get("ids_to")
    if to then
      local file = assert(io.open(to .. number, "w"))
      for _, id in ipairs(thread:get("ids")) do file:write(id, "\n") end
      file:close()
    end
  end
  local errors = summary.errors
  local spent = empty > 0 and ", TOO FEW QUOTES TO HOLD: not a measurement" or ""
  io.write(string.format("%.0f/s, p50 %.2f ms, p99 %.2f ms, %d requests, %d not 200, %d lost%s\n",
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, summary.requests, bad,
    errors.connect + errors.read + errors.write + errors.timeout, spent))
end
