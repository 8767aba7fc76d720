// What a visitor of the made-up shop does, as calls of Matomo's trackers, and the columns that each
// call belongs to. Also bundled into pages: nothing of Node in here.

export const VALUES = { dimensions: { 1: 'gold' } };

// Each action: its kind, the calls that lead to it, the columns that find its row beside kind and
// path, and the columns with what was put in.
export function actionsOf(person, title) {
  const { email } = person;
  const chair = { sku: 'S1', name: 'Oak chair', categories: ['Garden'], price: 20.5, quantity: 2 };
  const add = ['addEcommerceItem', 'S1', 'Oak chair', ['Garden'], 20.5, 2];
  return [
    action('pageview', [['trackPageView']], { title }),
    action('event', [['trackEvent', 'Basket', 'Add', `chair of ${email}`, 2]], {
      event_category: 'Basket',
      event_action: 'Add',
      event_name: `chair of ${email}`,
      event_value: 2,
    }),
    action('search', [['trackSiteSearch', `oak ${email}`, 'Garden', 7]], {
      search_keyword: `oak ${email}`,
      search_category: 'Garden',
      search_count: 7,
    }),
    action('goal', [['trackGoal', 3, 12.5]], { goal_id: 3, revenue: 12.5 }),
    action('outlink', [['trackLink', `https://maker.example.com/oak?wood=oak&mail=${email}`, 'link']], {
      target_host: 'maker.example.com',
      target_path: '/oak',
      target_query: 'wood=oak',
    }),
    action('download', [['trackLink', 'https://files.example.com/oak.pdf', 'download']], {
      target_host: 'files.example.com',
      target_path: '/oak.pdf',
    }),
    action('content_impression', [['trackContentImpression', 'Teaser', 'oak.png', 'https://shop.example.com/oak']], {
      content_name: 'Teaser',
      content_piece: 'oak.png',
      content_target: 'https://shop.example.com/oak',
    }),
    action('content_interaction', [['trackContentInteraction', 'click', 'Teaser', 'oak.png', 'https://shop.example.com/oak']], {
      content_interaction: 'click',
      content_name: 'Teaser',
      content_piece: 'oak.png',
    }),
    action('cart', [add, ['trackEcommerceCartUpdate', 41]], { revenue: 41, items: [chair] }),
    action('order', [add, ['trackEcommerceOrder', `A-${Math.random()} ${email}`, 50, 41, 6.5, 5, 4]], {
      revenue: 50,
      order_subtotal: 41,
      order_tax: 6.5,
      order_shipping: 5,
      order_discount: 4,
      items: [chair],
    }),
    action(
      'pageview',
      [['setEcommerceView', 'S1', 'Oak chair', ['Garden'], 20.5], ['trackPageView', 'Oak chair']],
      {
        title: 'Oak chair',
        product_sku: 'S1',
        product_name: 'Oak chair',
        product_categories: ['Garden'],
        product_price: 20.5,
      },
    ),
    action('ping', [['ping']], {}),
  ];
}

function action(kind, calls, fields) {
  const find = kind === 'pageview' ? { kind, title: fields.title } : { kind };
  return { kind, calls, find, fields: { ...VALUES, ...fields } };
}
