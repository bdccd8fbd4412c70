-- Posts one body after the other; counts what is not a 200 or carries an error.
-- Arguments: path; file of bodies, one a line; further headers as NAME=VALUE.
local threads = {}
n_bad = 0

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(args)
  local headers = { ["Content-Type"] = "application/json" }
  for place = 3, #args do
    local name, value = args[place]:match("^([^=]+)=(.*)$")
    headers[name] = value
  end
  requests = {}
  for body in io.lines(args[2]) do
    table.insert(requests, wrk.format("POST", args[1], headers, body))
  end
  at = math.floor(#requests / 2) * number
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function response(status, _, body)
  if status ~= 200 or body:find('"errors":', 1, true) then n_bad = n_bad + 1 end
end

function done(summary, latency)
  local bad = 0
  for _, thread in ipairs(threads) do bad = bad + thread:get("n_bad") end
  local errors = summary.errors
  io.write(string.format("%.0f/s, p50 %.2f ms, p99 %.2f ms, %d requests, %d bad, %d lost\n",
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, summary.requests, bad,
    errors.connect + errors.read + errors.write + errors.timeout))
end
