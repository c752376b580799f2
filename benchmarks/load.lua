-- The requests of one workload. Arguments after `--`: workload, token, then ids read from a file.
local workload, token, path = nil, nil, nil
local ids, n = {}, 0
function init(args)
  workload, token, path = args[1], args[2], args[3]
  for line in io.lines(path) do ids[#ids + 1] = line end
  math.randomseed(os.time())
end
local function pick() return ids[math.random(#ids)] end
function request()
  local headers = { ["Authorization"] = "Bearer " .. token }
  if workload == "W1" then return wrk.format("GET", "/v1/jobs/" .. pick(), headers) end
  if workload == "W2" then return wrk.format("GET", "/v1/jobs?status=open&company_id=" .. pick(), headers) end
  if workload == "W3" then
    local more = "&include=company,applications&applications.page_size=5&applications.sort=-created_at"
    return wrk.format("GET", "/v1/jobs?status=open&company_id=" .. pick() .. more, headers)
  end
  headers["Content-Type"] = "application/json"
  if workload == "W4" then
    local job, candidate = pick():match("(%S+) (%S+)")
    local body = '{"job_id":"' .. job .. '","candidate_id":"' .. candidate .. '","letter":"I would like this job."}'
    return wrk.format("POST", "/v1/applications", headers, body)
  end
  n = n + 1
  local line = ids[(n - 1) % #ids + 1]
  headers["Content-Type"] = "application/merge-patch+json"
  -- Rows are taken in turn, so each pass over them meets the next version; far more rows than connections keep the passes apart.
  headers["If-Match"] = '"' .. math.floor((n - 1) / #ids) + 1 .. '"'
  return wrk.format("PATCH", "/v1/jobs/" .. line, headers, '{"title":"Changed"}')
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, e.status,
    e.connect + e.read + e.write + e.timeout, latency:percentile(99)))
end
