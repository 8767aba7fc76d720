// Which links are downloads and which lead away.

// Endings of file names, as patterns.
export const DOWNLOADS =
  '7z|apk|avi|csv|dmg|docx?|epub|exe|gz|iso|mov|mp[34]|mpe?g|msi|od[pst]|ogg|pdf|pptx?|rar|rtf|tar|' +
  'tgz|txt|wav|webm|xlsx?|xml|xz|zip';

// "download", "link" (leads away), or undefined for a link not to be tracked.
export function kindOf(link, extensions, domains) {
  const marked = (kind) => link.matches(`.matomo_${kind},.piwik_${kind}`);
  const isFile = new RegExp(`\\.(${[].concat(extensions).join('|')})$`, 'i');
  if (marked('ignore') || !/^http/.test(link.protocol)) return;
  if (marked('download') || link.matches('[download]') || isFile.test(link.pathname)) {
    return 'download';
  }
  // example.org, or with its subdomains: *.example.org, .example.org
  const isOwn = (domain) => {
    const host = domain.replace('*', '');
    return host[0] === '.' ? ('.' + link.hostname).endsWith(host) : link.hostname === host;
  };
  if (marked('link') || ![location.hostname].concat(domains).some(isOwn)) return 'link';
}
