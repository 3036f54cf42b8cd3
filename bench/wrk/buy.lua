-- Buys one ticket per request, each for a new customer. Counts sales and refusals apart.
--
--   wrk -t2 -c64 -d10s --latency -s bench/wrk/buy.lua http://127.0.0.1:3000/concerts/<concert>/purchases
--
-- wrk is a closed loop: it waits for an answer before it sends the next request, so its latencies hide queueing.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("number", #threads)
end

function init()
  sent, sold, refused, other = 0, 0, 0, 0
  -- Differs from run to run, so that nobody asks twice.
  run = string.format("%d-%d", os.time(), number)
end

function request()
  sent = sent + 1
  local buyer = run .. "-" .. sent
  local headers = { ["Content-Type"] = "application/json", ["Idempotency-Key"] = buyer }
  return wrk.format("POST", nil, headers, '{"customerId":"' .. buyer .. '"}')
end

function response(status)
  if status == 201 then sold = sold + 1
  elseif status >= 400 and status < 500 then refused = refused + 1
  else other = other + 1 end
end

function done(summary)
  local sum = { sold = 0, refused = 0, other = 0 }
  for _, thread in ipairs(threads) do
    for name in pairs(sum) do sum[name] = sum[name] + thread:get(name) end
  end
  local seconds = summary.duration / 1000000
  io.write(string.format("sold %d (%.0f/s), refused %d (%.0f/s), neither %d\n",
    sum.sold, sum.sold / seconds, sum.refused, sum.refused / seconds, sum.other))
end
