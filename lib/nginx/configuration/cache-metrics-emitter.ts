/**
 * What mtail makes of the lines that nginx writes for it: one per request, `cache <status of the cache> <status> <seconds>
 * <bytes>`; the last two are lists where the origin was asked several times.
 *
 * stub_status knows nothing of the cache, so the hit ratio can only come from the log. The line holds no text of a client.
 */
export const CACHE_METRICS_PROGRAM = `counter nginx_cache_requests_total by status
counter nginx_http_responses_total by class
counter nginx_upstream_responses_total
counter nginx_upstream_response_seconds_total
counter nginx_cache_fetched_bytes_total

/cache (?P<status>[A-Z-]+) (?P<class>[0-9])[0-9][0-9] (?P<seconds>[0-9.]+|-)/ {
  nginx_http_responses_total[$class + "xx"]++
  $status != "-" {
    nginx_cache_requests_total[$status]++
  }
  $seconds != "-" {
    nginx_upstream_responses_total++
    nginx_upstream_response_seconds_total += float($seconds)
  }
}

/cache (MISS|EXPIRED) .* (?P<bytes>[0-9]+)$/ {
  nginx_cache_fetched_bytes_total += $bytes
}
`;

/** The line as nginx writes it. */
export const CACHE_METRICS_FORMAT =
  'cache $upstream_cache_status $status $upstream_response_time $upstream_response_length';
/** The line of a request that went past the cache. */
export const PAST_CACHE_METRICS_FORMAT = 'cache BYPASS $status $upstream_response_time -';
