-- Asks for the companions of one product after the other; counts what is not a 200.
-- Arguments: file of SKUs, one a line; the key.
local threads = {}
n_bad = 0

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  skus = {}
  for sku in io.lines(args[1]) do
    local escaped = sku:gsub("[^%w]", function(c) return string.format("%%%02X", c:byte()) end)
    table.insert(skus, "/v1/recommendations?product=" .. escaped)
  end
  headers = { ["Authorization"] = "Bearer " .. args[2] }
  at = math.random(#skus)
end

function request()
  at = at % #skus + 1
  return wrk.format("GET", skus[at], headers)
end

function response(status)
  if status ~= 200 then n_bad = n_bad + 1 end
end

function done(summary, latency)
  local bad = 0
  for _, thread in ipairs(threads) do bad = bad + thread:get("n_bad") end
  local errors = summary.errors
  io.write(string.format(
    "%.0f requests/s, p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, %d requests, %d not 200, %d lost\n",
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3, summary.requests, bad,
    errors.connect + errors.read + errors.write + errors.timeout))
end
