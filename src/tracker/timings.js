// Milliseconds that the steps of loading this page took; null for a step that is not over.

export function loadTimings() {
  const t = performance.getEntriesByType('navigation')[0] || {};
  const over = (duration) => (duration >= 0 ? Math.round(duration) : null);
  return {
    pf_net: over(t.connectEnd - t.fetchStart),
    pf_srv: over(t.responseStart - t.requestStart),
    pf_tfr: over(t.responseEnd - t.responseStart),
    pf_dm1: over(t.domInteractive - t.responseEnd),
    pf_dm2: over(t.domComplete - t.domInteractive),
    pf_onl: over(t.loadEventEnd - (t.loadEventStart || 1)),
  };
}
