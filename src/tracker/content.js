// What a marked block of a page shows: its name, its piece, and where it leads.

const marked = (part) =>
  `[data-content-${part.toLowerCase()}],.matomoContent${part},.piwikContent${part}`;
const within = (node, selector) => (node.matches(selector) ? node : node.querySelector(selector));

export const BLOCK = '[data-track-content],.matomoTrackContent,.piwikTrackContent';
export const IGNORED = marked('IgnoreInteraction');

// The node that is marked as Name, Piece or Target of the block; the block itself if none is. A
// click must hit the target to count.
export const partOf = (block, part) => within(block, marked(part)) || block;

// As parameters; `clean` makes an address absolute and takes out what is not to be sent.
export function describe(block, clean) {
  const value = (part) => partOf(block, part).dataset['content' + part];
  const media = within(partOf(block, 'Piece'), '[src]:not([src^="data:"])');
  const link = within(partOf(block, 'Target'), 'a[href]');
  const piece = value('Piece') || (media && clean(media.src).replace(location.origin, ''));
  const target = value('Target') || (link && link.href);
  return {
    c_n: value('Name') || piece || block.title || 'Unknown',
    c_p: piece || 'Unknown',
    c_t: target && clean(target),
  };
}
