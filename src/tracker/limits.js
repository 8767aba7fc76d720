// Every limit of the tracker. (Apart from the rest so that esbuild writes them where they are used.)

export const QUERY_CHARS_MAX = 2000; // a longer request travels in the body
export const BULK_REQUESTS_MAX = 50;
export const WAITING_REQUESTS_MAX = 100; // held in memory, for consent or for a full bulk
export const SEEN_MAX = 200; // errors and pieces of content of one page view
export const REMEMBER_HOURS_MAX = 720; // 30 days
export const HEARTBEAT_S = 15; // of attention, if a page names no other
export const ROUTE_SETTLE_MS = 100; // routers set the title after the address
